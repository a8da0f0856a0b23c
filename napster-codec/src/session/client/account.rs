//! Logging in, registering, and what belongs to the account.

use core::time::Duration;

use crate::field::Expected;
use crate::message::{
    ChangeDataPort, ChangeEmail, ChangeLinkSpeed, ChangePassword, Login, LoginRegister, NickCheck,
    PasswordCheck, RegistrationInfo,
};
use crate::number::LinkType;
use crate::session::client::Client;
use crate::session::client::config::Account;
use crate::session::client::event::RequestId;
use crate::session::client::table::{Input, State};
use crate::session::error::UserError;
use crate::text::{Password, PasswordText, Text, Token};

impl Client {
    /// Logs in with a nick (2); many servers take any unused one.
    ///
    /// # Errors
    ///
    /// [`UserError`] where a login is under way or done, or it cannot be sent.
    pub fn login(&mut self, now: Duration, account: Account) -> Result<RequestId, UserError> {
        self.check_connected()?;
        let message = Login {
            nick: account.nick.clone(),
            password: account.password.clone(),
            data_port: account.data_port,
            client_info: account.client_info.clone(),
            link_type: account.link_type,
            build: None,
            unknown_1: None,
            compression: None,
        };
        self.pass(now);
        let wait = Some(self.config.login_timeout);
        let request = self.say(&message.into(), wait, None)?;
        self.account = Some(account);
        self.registering = false;
        self.advance(Input::Login, None);
        request.ok_or(UserError::WrongDirection)
    }

    /// Registers a nick: asks whether it is free (7), then logs in with it (6), then sends the
    /// questionnaire if there is one (14).
    ///
    /// # Errors
    ///
    /// [`UserError`] where a login is under way or done, or it cannot be sent.
    pub fn register(&mut self, now: Duration, account: Account) -> Result<RequestId, UserError> {
        self.check_connected()?;
        self.pass(now);
        let message = NickCheck { nick: account.nick.clone() };
        let wait = Some(self.config.login_timeout);
        let request = self.say(&message.into(), wait, None)?;
        self.account = Some(account);
        self.registering = true;
        self.advance(Input::Register, None);
        request.ok_or(UserError::WrongDirection)
    }

    /// Sends the registration once the nick is known to be free.
    pub(super) fn register_now(&mut self) {
        let Some(account) = self.account.clone() else { return };
        let message = LoginRegister {
            nick: account.nick,
            password: account.password,
            data_port: account.data_port,
            client_info: account.client_info,
            link_type: account.link_type,
            email: Expected(account.email),
        };
        if self.say(&message.into(), Some(self.config.login_timeout), None).is_err() {
            self.advance(Input::Timeout, None);
        }
    }

    /// Sends the questionnaire behind a registration.
    pub(super) fn introduce(&mut self) {
        let account = self.account.as_ref().filter(|_| self.registering);
        if let Some(profile) = account.and_then(|account| account.profile.clone()) {
            let _unless_full = self.say(&RegistrationInfo { profile }.into(), None, None);
        }
    }

    /// Asks whether a nick is free (7), without registering it.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn check_nick(&mut self, now: Duration, nick: &[u8]) -> Result<RequestId, UserError> {
        self.check_connected()?;
        self.request(now, NickCheck { nick: token("nick", nick)? })
    }

    /// Asks whether a password is right (11); opennap answers nothing where it is wrong.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn check_password(
        &mut self,
        now: Duration,
        nick: &[u8],
        password: &[u8],
    ) -> Result<RequestId, UserError> {
        let password = Password::new(password)
            .map_err(|error| UserError::InvalidText { field: "password", error })?;
        self.request(now, PasswordCheck { nick: token("nick", nick)?, password })
    }

    /// Changes the password (701); a notice (404) may answer.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn change_password(&mut self, now: Duration, password: &[u8]) -> Result<(), UserError> {
        self.send(now, ChangePassword { password: PasswordText::read(password) }).map(|_| ())
    }

    /// Changes the e-mail address (702); nothing answers.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn change_email(&mut self, now: Duration, email: &[u8]) -> Result<(), UserError> {
        self.send(now, ChangeEmail { email: Text::read(email) }).map(|_| ())
    }

    /// Changes the link that others are told (700); nothing answers.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn change_link_type(
        &mut self,
        now: Duration,
        link_type: LinkType,
    ) -> Result<(), UserError> {
        self.send(now, ChangeLinkSpeed { link_type })?;
        if let Some(account) = &mut self.account {
            account.link_type = link_type;
        }
        Ok(())
    }

    /// Tells another data port (703); 0 says that nobody can connect here. Nothing answers.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn set_data_port(&mut self, now: Duration, port: u16) -> Result<(), UserError> {
        self.send(now, ChangeDataPort { port })?;
        if let Some(account) = &mut self.account {
            account.data_port = port;
        }
        Ok(())
    }

    fn check_connected(&self) -> Result<(), UserError> {
        match self.state {
            State::Connected => Ok(()),
            State::Closed => Err(UserError::Closed),
            State::CheckingNick | State::LoggingIn | State::LoggedIn => {
                Err(UserError::AlreadyLoggedIn)
            }
        }
    }
}

/// A value that has to be one word.
pub(super) fn token<'t>(field: &'static str, bytes: &'t [u8]) -> Result<Token<'t>, UserError> {
    Token::new(bytes).map_err(|error| UserError::InvalidText { field, error })
}
