//! Metadata of service providers read from files of every kind, and this provider's own checked by tools nobody here wrote.

mod files;
mod hostile;
mod own;
