//! The pieces that pages and wizard are made of. They know nothing of Data Stores, channels and the like.

mod action;
mod alert;
mod badge;
mod confirm;
mod copy;
mod empty;
mod facts;
mod menu;
mod page;
mod pagination;
mod table;
mod time;
mod upload;

pub use action::{Action, ActionProblem, Look};
pub use alert::Alert;
pub use badge::{Badge, tone_class, warning};
pub use confirm::{Confirm, Question};
pub use copy::CopyValue;
pub use empty::Empty;
pub use facts::Facts;
pub use menu::Menu;
pub use page::{PageHeader, page_head};
pub use pagination::Pagination;
pub use table::Table;
pub use time::Time;
pub use upload::Upload;
