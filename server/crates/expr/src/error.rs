//! What is wrong with an expression, in words for the person who typed it.

use minijinja::ErrorKind;

/// A mistake in an expression, or an entry it cannot handle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExprError {
    /// One or two sentences.
    pub message: String,
    /// Where, counted in characters from 0.
    pub at: Option<usize>,
}

impl ExprError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), at: None }
    }

    /// `byte` is a position in `source`.
    pub(crate) fn at(message: impl Into<String>, source: &str, byte: usize) -> Self {
        let at = source.char_indices().take_while(|(index, _)| *index < byte).count();
        Self { message: message.into(), at: Some(at) }
    }

    pub(crate) fn from_engine(error: &minijinja::Error, source: &str) -> Self {
        let detail = error.detail().unwrap_or_default();
        let message = match error.kind() {
            ErrorKind::SyntaxError => format!("The expression cannot be read: {detail}."),
            ErrorKind::BadEscape => "A text in the expression has a backslash that means nothing. Write \\\\ for a backslash.".to_owned(),
            ErrorKind::OutOfFuel => "The expression does too much work. Make it shorter, or its values smaller.".to_owned(),
            ErrorKind::TooManyArguments => "A filter or method was given more arguments than it takes.".to_owned(),
            ErrorKind::MissingArgument => "A filter or method lacks an argument.".to_owned(),
            kind if detail.is_empty() => format!("The expression cannot be carried out: {kind}."),
            _ => format!("The expression cannot be carried out: {detail}."),
        };
        // The engine reports an empty expression as a range past its end.
        match error.range() {
            Some(range) => Self::at(message, source, range.start),
            None => Self::new(message),
        }
    }
}
