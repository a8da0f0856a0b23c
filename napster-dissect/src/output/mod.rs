//! Output: records become text, JSON or JSON Lines.
