//! Counts what the database is asked and what it answers, from the driver's own log.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

#[derive(Default)]
struct Counts {
    statements: AtomicU64,
    rows: AtomicU64,
}

/// What was asked since it was made.
pub struct Asked(Arc<Counts>);

struct Counting(Arc<Counts>);

impl<S: tracing::Subscriber> Layer<S> for Counting {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Rows(u64);
        impl Visit for Rows {
            fn record_u64(&mut self, field: &Field, value: u64) {
                if field.name() == "rows_returned" {
                    self.0 = value;
                }
            }
            fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
        }
        if event.metadata().target() == "sqlx::query" {
            let mut rows = Rows(0);
            event.record(&mut rows);
            self.0.statements.fetch_add(1, Ordering::Relaxed);
            self.0.rows.fetch_add(rows.0, Ordering::Relaxed);
        }
    }
}

impl Asked {
    /// Begins to count, in a test that has its process to itself.
    pub fn count() -> Self {
        let counts = Arc::new(Counts::default());
        let counting = tracing_subscriber::registry().with(Counting(counts.clone()));
        tracing::subscriber::set_global_default(counting).expect("a test has its process to itself");
        Self(counts)
    }

    /// Statements and rows so far.
    pub fn so_far(&self) -> (u64, u64) {
        (self.0.statements.load(Ordering::Relaxed), self.0.rows.load(Ordering::Relaxed))
    }
}
