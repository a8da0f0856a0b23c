//! From `MP3::Napster`: where each of its methods and events is here.
//!
//! `MP3::Napster` (Lincoln D. Stein, 2000 and 2001) is the Perl module of which the article "A
//! Napster Client Library" tells. It owns the sockets and blocks while it waits; a
//! [`Client`](crate::session::Client) owns nothing but its state, so that the caller does the waiting.
//! The last column names the test that shows the row, by its file in `tests/` and its function.
//!
//! # The session
//!
//! | `MP3::Napster` | here | shown by |
//! | --- | --- | --- |
//! | `new` without an address | [`redirector::Client`](crate::redirector::Client), then connect and [`Client::new`](crate::session::Client::new) | `session/redirector: asks_again_after_a_pause_until_a_server_takes_it` |
//! | `new` with an address | connect and [`Client::new`](crate::session::Client::new) | `session/login: a_known_nick_logs_in` |
//! | `login` | [`login`](crate::session::Client::login), [`Account`](crate::session::Account) | `session/login: a_known_nick_logs_in` |
//! | `LINK_14K` … `LINK_T3` | the constants of [`LinkType`](crate::LinkType) | `session/login: the_account_can_be_changed` |
//! | `register`, `attributes` | [`register`](crate::session::Client::register), [`Profile`](crate::Profile) | `session/login: a_new_nick_is_registered_with_its_questionnaire` |
//! | `change_registration` | [`change_password`](crate::session::Client::change_password), [`change_email`](crate::session::Client::change_email), [`change_link_type`](crate::session::Client::change_link_type) | `session/login: the_account_can_be_changed` |
//! | `nickname`, `email` | [`nick`](crate::session::Client::nick), [`email`](crate::session::Client::email) | `session/login: a_known_nick_logs_in` |
//! | `port`, `listen` | [`data_port`](crate::session::Client::data_port), [`set_data_port`](crate::session::Client::set_data_port); the caller listens | `session/login: the_account_can_be_changed` |
//! | `allow_setport` | obey [`DataPortOrdered`](crate::session::ClientEvent::DataPortOrdered) or do not | `session/login: the_account_can_be_changed` |
//! | `error` | [`last_error`](crate::session::Client::last_error) for the server's, [`UserError`](crate::session::UserError) for one's own | `session/login: refusals_are_told_apart` |
//! | `stats` | [`server_stats`](crate::session::Client::server_stats), [`ask_stats`](crate::session::Client::ask_stats) | `session/login: a_known_nick_logs_in` |
//! | `disconnect` | [`disconnect`](crate::session::Client::disconnect) | `session/login: the_end_of_the_connection_ends_all_that_is_open` |
//! | `run`, `command_processor` | the caller's loop; see [`session`](crate::session) | `session/laws: any_split_tells_the_same` |
//! | `send`, `send_command` | [`send`](crate::session::Client::send) with any message of the table | `session/people: moderators_send_any_message_of_the_table` |
//! | `send_and_wait`, `wait_for` | [`WaitFor`](crate::session::WaitFor) with the events and a deadline | `session/edges: one_of_several_events_is_waited_for` |
//! | `callback`, `replace_callback`, `delete_callback` | a `match` on [`ClientEvent`](crate::session::ClientEvent), by [`code`](crate::session::ClientEvent::code) for any number | `session/edges: what_is_not_modelled_or_not_readable_is_told_all_the_same` |
//! | `event_code`, `event`, `message`, `events` | [`code`](crate::session::ClientEvent::code) and [`packet`](crate::session::ClientEvent::packet) of the event, [`Packet::name`](crate::Packet::name) | `session/edges: what_is_not_modelled_or_not_readable_is_told_all_the_same` |
//!
//! # Files
//!
//! | `MP3::Napster` | here | shown by |
//! | --- | --- | --- |
//! | `search('words')` | [`search`](crate::session::Client::search) | `session/searches: the_short_form_asks_for_words_and_the_long_one_for_all` |
//! | `search(artist, title, linespeed, bitrate, frequency, limit)` | [`search_with`](crate::session::Client::search_with) and [`Query`](crate::Query) | `session/searches: the_short_form_asks_for_words_and_the_long_one_for_all` |
//! | the list that `search` gives | [`Song`](crate::session::ClientEvent::Song) events up to [`Finished`](crate::session::ClientEvent::Finished) | `session/searches: results_are_collected_to_their_end` |
//! | `browse`, `$user->browse` | [`browse`](crate::session::Client::browse) | `session/searches: a_user_is_browsed` |
//! | a `Song`: `title`, `path`, `owner`, `size`, `bitrate`, `freq`, `length`, `link` | [`Song`](crate::session::Song) | `session/searches: results_are_collected_to_their_end` |
//! | `download`, `$song->download` | [`Client::download`](crate::session::Client::download), then [`transfer::Download`](crate::transfer::Download) | `session/transfers: a_reachable_owner_is_connected_to` |
//! | `download` from a firewalled owner | [`DownloadPushed`](crate::session::ClientEvent::DownloadPushed), [`find_push`](crate::session::Client::find_push) | `session/transfers: a_firewalled_owner_is_asked_to_connect` |
//! | `download_dir`, a path, a file handle | the caller writes the bytes where he wants; [`safe_file_name`](crate::transfer::safe_file_name) | `transfer/names: only_the_last_part_of_a_path_counts` |
//! | `downloads`, `uploads`, `transfers` | [`downloads`](crate::session::Client::downloads), [`uploads`](crate::session::Client::uploads) | `session/transfers: a_reachable_owner_is_connected_to` |
//! | a `Transfer`: `status`, `bytes`, `size`, `done`, `abort` | [`DownloadEntry`](crate::session::DownloadEntry), [`progress`](crate::transfer::Download::progress), [`is_over`](crate::transfer::Download::is_over), [`abort`](crate::transfer::Download::abort), [`abort_download`](crate::session::Client::abort_download) | `session/transfers: downloads_are_given_up_and_complained_of` |
//! | `interval` | [`TransferOptions::progress_interval`](crate::transfer::TransferOptions::progress_interval) | `transfer/downloads: progress_comes_at_its_interval_and_abort_ends_it` |
//! | `transfer_timeout` | [`TransferOptions::stall_timeout`](crate::transfer::TransferOptions::stall_timeout), [`ClientConfig::transfer_timeout`](crate::session::ClientConfig::transfer_timeout) | `session/transfers: silence_ends_a_download` |
//! | resuming into a file that is there | [`DownloadOptions`](crate::transfer::DownloadOptions), [`search_copies`](crate::session::Client::search_copies) | `session/searches: copies_of_a_file_are_found` |
//! | `wait_for_downloads` | [`unshare_all`](crate::session::Client::unshare_all), then wait until [`downloads`](crate::session::Client::downloads) is empty | `session/transfers: a_shared_file_is_given` |
//! | `share`, `share_dir` | [`share`](crate::session::Client::share), [`share_directory`](crate::session::Client::share_directory) | `session/searches: files_are_shared_and_withdrawn` |
//! | `$song->unshare`, `unshare_all` | [`unshare`](crate::session::Client::unshare), [`unshare_all`](crate::session::Client::unshare_all) | `session/searches: files_are_shared_and_withdrawn` |
//! | uploads on their own | [`UploadRequested`](crate::session::ClientEvent::UploadRequested), [`accept_upload`](crate::session::Client::accept_upload), then [`transfer::Upload`](crate::transfer::Upload) | `session/transfers: a_shared_file_is_given` |
//! | uploads while firewalled | [`PushOrdered`](crate::session::ClientEvent::PushOrdered) | `session/transfers: a_firewalled_owner_connects_only_for_what_it_accepted` |
//!
//! # People
//!
//! | `MP3::Napster` | here | shown by |
//! | --- | --- | --- |
//! | `channels` | [`list_channels`](crate::session::Client::list_channels), [`list_all_channels`](crate::session::Client::list_all_channels) | `session/channels: channels_and_their_members_are_listed` |
//! | a `Channel`: `name`, `topic`, `user_count` | [`Channel`](crate::session::Channel) | `session/channels: channels_and_their_members_are_listed` |
//! | `join_channel`, `$channel->join` | [`join`](crate::session::Client::join) | `session/channels: a_channel_is_joined_with_its_members_and_topic` |
//! | `part_channel`, `$channel->part` | [`part`](crate::session::Client::part) | `session/channels: a_channel_is_left_or_taken_away` |
//! | `enrolled_channels` | [`Client::channels`](crate::session::Client::channels) | `session/channels: a_channel_is_left_or_taken_away` |
//! | `channel`, the current one | a matter of the program; the shell among the examples has one | `session/channels: a_channel_is_left_or_taken_away` |
//! | `users`, `$channel->users` | [`list_users`](crate::session::Client::list_users) | `session/channels: channels_and_their_members_are_listed` |
//! | `public_message` | [`public_message`](crate::session::Client::public_message), [`emote`](crate::session::Client::emote) | `session/channels: people_talk_come_and_go` |
//! | `private_message`, `$user->msg` | [`private_message`](crate::session::Client::private_message) | `session/people: people_write_to_each_other` |
//! | `whois`, a `User` and its fields | [`whois`](crate::session::Client::whois), [`User`](crate::session::User) | `session/people: whois_tells_of_users_on_line_and_off` |
//! | `ping`, `ping_multi`, `$user->ping` | [`ping`](crate::session::Client::ping), as often as wanted | `session/people: pings_go_both_ways` |
//!
//! # Events
//!
//! | event | code | here | shown by |
//! | --- | --- | --- | --- |
//! | `ERROR` | 0 | [`Error`](crate::session::ClientEvent::Error), [`LoginRefused`](crate::session::ClientEvent::LoginRefused) | `session/login: refusals_are_told_apart` |
//! | `LOGIN_ACK` | 3 | [`LoggedIn`](crate::session::ClientEvent::LoggedIn) | `session/login: a_known_nick_logs_in` |
//! | `REGISTRATION_ACK`, `ALREADY_REGISTERED`, `INVALID_NICKNAME` | 8, 9, 10 | [`NickChecked`](crate::session::ClientEvent::NickChecked) | `session/login: a_nick_that_cannot_be_registered_is_told` |
//! | `LOGIN_ERROR` | 13 | [`LoginRefused`](crate::session::ClientEvent::LoginRefused) | `session/login: refusals_are_told_apart` |
//! | `SEARCH_RESPONSE`, `BROWSE_RESPONSE`, `RESUME_RESPONSE` | 201, 212, 216 | [`Song`](crate::session::ClientEvent::Song) | `session/searches: results_are_collected_to_their_end` |
//! | `SEARCH_RESPONSE_END`, `BROWSE_RESPONSE_END`, `RESUME_RESPONSE_END` | 202, 213, 217 | [`Finished`](crate::session::ClientEvent::Finished) | `session/searches: results_are_collected_to_their_end` |
//! | `DOWNLOAD_ACK` | 204 | [`DownloadReady`](crate::session::ClientEvent::DownloadReady), [`DownloadPushed`](crate::session::ClientEvent::DownloadPushed) | `session/transfers: a_reachable_owner_is_connected_to` |
//! | `GET_ERROR`, `USER_OFFLINE` (the queue limit) | 206, 620 | [`DownloadFailed`](crate::session::ClientEvent::DownloadFailed) | `session/transfers: refusals_of_a_download_are_told_apart` |
//! | `PRIVATE_MESSAGE` | 205 | [`PrivateMessage`](crate::session::ClientEvent::PrivateMessage) | `session/people: people_write_to_each_other` |
//! | `USER_SIGNON`, `USER_SIGNOFF` | 209, 210 | [`UserSignedOn`](crate::session::ClientEvent::UserSignedOn), [`UserSignedOff`](crate::session::ClientEvent::UserSignedOff) | `session/people: watched_users_are_told` |
//! | `SERVER_STATS` | 214 | [`ServerStats`](crate::session::ClientEvent::ServerStats) | `session/login: a_known_nick_logs_in` |
//! | `PUBLIC_MESSAGE_RECVD`, `PUBLIC_MESSAGE` | 403 | [`PublicMessage`](crate::session::ClientEvent::PublicMessage) | `session/channels: other_peoples_words_keep_their_blanks` |
//! | `INVALID_ENTITY` | 404 | [`Notice`](crate::session::ClientEvent::Notice) | `session/people: people_write_to_each_other` |
//! | `JOIN_ACK`, `CHANNEL_USER_ENTRY`, `CHANNEL_USER_END` | 405, 408, 409 | [`Joined`](crate::session::ClientEvent::Joined), [`User`](crate::session::ClientEvent::User), [`Finished`](crate::session::ClientEvent::Finished) | `session/channels: a_channel_is_joined_with_its_members_and_topic` |
//! | `USER_JOINS`, `USER_DEPARTS` | 406, 407 | [`UserJoined`](crate::session::ClientEvent::UserJoined), [`UserParted`](crate::session::ClientEvent::UserParted) | `session/channels: people_talk_come_and_go` |
//! | `CHANNEL_TOPIC` | 410 | [`Topic`](crate::session::ClientEvent::Topic) | `session/channels: a_channel_is_joined_with_its_members_and_topic` |
//! | `CHANNEL_MOTD` | 425 | [`ChannelMotd`](crate::session::ClientEvent::ChannelMotd) | `session/channels: official_channels_greet_as_well` |
//! | `UPLOAD_REQUEST` (`UPLOAD_REQ`) | 501 | [`PushOrdered`](crate::session::ClientEvent::PushOrdered) | `session/transfers: a_firewalled_owner_connects_only_for_what_it_accepted` |
//! | `LINK_SPEED_RESPONSE` | 601 | [`Answer`](crate::session::ClientEvent::Answer) | `session/people: a_users_link_is_asked_for` |
//! | `WHOIS_RESPONSE`, `WHOWAS_RESPONSE` | 604, 605 | [`User`](crate::session::ClientEvent::User) | `session/people: whois_tells_of_users_on_line_and_off` |
//! | `PASSIVE_UPLOAD_REQUEST` | 607 | [`UploadRequested`](crate::session::ClientEvent::UploadRequested) | `session/transfers: a_shared_file_is_given` |
//! | `SET_DATA_PORT` | 613 | [`DataPortOrdered`](crate::session::ClientEvent::DataPortOrdered) | `session/login: the_account_can_be_changed` |
//! | `CHANNEL_ENTRY`, `LIST_CHANNELS` | 618, 617 | [`Channel`](crate::session::ClientEvent::Channel), [`Finished`](crate::session::ClientEvent::Finished) | `session/channels: channels_and_their_members_are_listed` |
//! | `MOTD` | 621 | [`Motd`](crate::session::ClientEvent::Motd) | `session/login: a_known_nick_logs_in` |
//! | `DATA_PORT_ERROR` | 626 | [`DataPortUnreachable`](crate::session::ClientEvent::DataPortUnreachable) | `session/login: the_account_can_be_changed` |
//! | `PING`, `PONG` | 751, 752 | [`Pinged`](crate::session::ClientEvent::Pinged), [`Ponged`](crate::session::ClientEvent::Ponged) | `session/people: pings_go_both_ways` |
//! | `USER_EMOTE` | 824 | [`Emote`](crate::session::ClientEvent::Emote) | `session/channels: people_talk_come_and_go` |
//! | `USER_LIST_ENTRY`, `LIST_USERS` | 825, 830 | [`User`](crate::session::ClientEvent::User), [`Finished`](crate::session::ClientEvent::Finished) | `session/channels: channels_and_their_members_are_listed` |
//! | `TRANSFER_STARTED`, `TRANSFER_IN_PROGRESS`, `TRANSFER_DONE`, `TRANSFER_ABORTED`, `TRANSFER_STATUS` | none | [`TransferEvent`](crate::transfer::TransferEvent) | `transfer/downloads: progress_comes_at_its_interval_and_abort_ends_it` |
//! | `TRANSFER_QUEUED` | none | [`DownloadFailure::Limited`](crate::session::DownloadFailure::Limited) | `session/transfers: refusals_of_a_download_are_told_apart` |
//! | `TIMEOUT` | none | [`Outcome::TimedOut`](crate::session::Outcome::TimedOut), [`WaitFor::is_over`](crate::session::WaitFor::is_over) | `session/searches: a_search_without_end_is_over_after_a_while` |
//! | `DISCONNECTING`, `DISCONNECTED` | none | [`Disconnecting`](crate::session::ClientEvent::Disconnecting), [`Disconnected`](crate::session::ClientEvent::Disconnected) | `session/login: the_end_of_the_connection_ends_all_that_is_open` |
//! | `USER_COMMAND_DATA` | none | the caller's loop | `session/laws: any_split_tells_the_same` |
//!
//! # What differs
//!
//! * A refused file is answered with 609, not with 11, which means something else to every server.
//! * A firewalled owner is asked to connect (500), and nobody connects to port 0.
//! * An order to listen elsewhere (613) is told and never obeyed by itself.
//! * Results of several searches at a time are told apart as far as their order allows.
