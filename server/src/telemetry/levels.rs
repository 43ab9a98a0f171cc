//! Channels of which `provisioner.log` has everything for a while: what is done for them at DEBUG, beside what all channels say at the
//! level of the process.

use super::{OWN, PROVISIONER};
use domain::id::ChannelId;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

/// Name of the span around what is done for a channel, whose id it has as `channel`.
pub const CHANNEL: &str = "channel";

/// Those that are told of at DEBUG, each until when (unix ms).
struct Levels {
    /// There is one: without any, events at DEBUG cost what they cost where nobody listens.
    any: AtomicBool,
    until: RwLock<BTreeMap<String, i64>>,
}

static LEVELS: Levels = Levels { any: AtomicBool::new(false), until: RwLock::new(BTreeMap::new()) };

impl Levels {
    /// Answers whether it became another question whether there is one.
    fn set(&self, until: BTreeMap<String, i64>) -> bool {
        let any = !until.is_empty();
        *self.until.write().unwrap_or_else(PoisonError::into_inner) = until;
        self.any.swap(any, Ordering::Relaxed) != any
    }

    fn is_debug(&self, channel: &str, now: i64) -> bool {
        self.until.read().unwrap_or_else(PoisonError::into_inner).get(channel).is_some_and(|until| *until > now)
    }
}

/// From now on these channels are told of at DEBUG, each until its time, and no others.
pub(crate) fn set<'a>(channels: impl Iterator<Item = (&'a ChannelId, i64)>) {
    let until = channels.map(|(channel, until)| (channel.to_string(), until)).collect();
    if LEVELS.set(until) {
        // Events remember whether anybody wants them.
        tracing::callsite::rebuild_interest_cache();
    }
}

/// What goes to `provisioner.log`: all that is said of cycles from a level on, and all of Towpath's own events from DEBUG on that
/// happen for a channel of which that is wanted.
pub(super) struct Provisioning {
    pub(super) level: LevelFilter,
    pub(super) now: fn() -> i64,
}

impl Provisioning {
    fn is_always(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == PROVISIONER && (metadata.is_span() || *metadata.level() <= self.level)
    }
}

fn is_sometimes(metadata: &Metadata<'_>) -> bool {
    let is_own = |own: &&str| metadata.target().strip_prefix(*own).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
    metadata.is_event() && *metadata.level() <= Level::DEBUG && OWN.iter().any(is_own)
}

/// In a span's extensions: whose span it is.
struct Of(String);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Filter<S> for Provisioning {
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        if self.is_always(metadata) {
            return true;
        }
        if !LEVELS.any.load(Ordering::Relaxed) || !is_sometimes(metadata) {
            return false;
        }
        let Some(span) = context.lookup_current() else { return false };
        let now = (self.now)();
        span.scope().any(|span| span.extensions().get::<Of>().is_some_and(|of| LEVELS.is_debug(&of.0, now)))
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.is_always(metadata) {
            return Interest::always();
        }
        if LEVELS.any.load(Ordering::Relaxed) && is_sometimes(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let least = if LEVELS.any.load(Ordering::Relaxed) { LevelFilter::DEBUG } else { LevelFilter::INFO };
        Some(self.level.max(least))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() != CHANNEL {
            return;
        }
        let mut of = Of(String::new());
        attributes.record(&mut of);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(of);
        }
    }
}

impl Visit for Of {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == CHANNEL {
            self.0 = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use tracing::{debug, info, info_span, trace};
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::prelude::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Written {
        type Writer = Self;
        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    impl Written {
        fn take(&self) -> Vec<String> {
            let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
            text.lines().map(|line| line.split(": ").last().unwrap_or_default().trim().to_owned()).collect()
        }
    }

    /// What a channel says at each level, by itself and through what it uses.
    fn say(channel: &str) {
        let span = info_span!(target: PROVISIONER, CHANNEL, channel = %channel);
        let _in = span.enter();
        info!(target: PROVISIONER, "{channel} info");
        debug!(target: PROVISIONER, "{channel} debug");
        debug!(target: "scim::client", "{channel} called");
        info!(target: "scim", "{channel} told");
        trace!(target: "scim", "{channel} trace");
        debug!(target: "hyper", "{channel} library");
        debug!(target: "scimitar", "{channel} stranger");
    }

    #[test]
    fn one_channel_is_told_of_at_debug_and_others_are_not() {
        let written = Written::default();
        let provisioning = Provisioning { level: LevelFilter::INFO, now: || 1_000 };
        let layer = tracing_subscriber::fmt::layer().without_time().with_ansi(false).with_writer(written.clone()).with_filter(provisioning);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let (a, b) = (ChannelId::parse("a").unwrap(), ChannelId::parse("b").unwrap());
            say("a");
            assert_eq!(written.take(), ["a info"]);
            set([(&a, 2_000)].into_iter());
            say("a");
            say("b");
            assert_eq!(written.take(), ["a info", "a debug", "a called", "a told", "b info"]);
            debug!(target: "scim", "for nobody");
            assert_eq!(written.take(), [] as [String; 0]);
            // Its time is over for one, and has come for the other.
            set([(&a, 1_000), (&b, 1_001)].into_iter());
            say("a");
            say("b");
            assert_eq!(written.take(), ["a info", "b info", "b debug", "b called", "b told"]);
            set(std::iter::empty());
            say("b");
            assert_eq!(written.take(), ["b info"]);
        });
    }

    #[test]
    fn a_process_that_is_silent_still_hears_of_one_channel() {
        let written = Written::default();
        let provisioning = Provisioning { level: LevelFilter::ERROR, now: || 1_000 };
        let layer = tracing_subscriber::fmt::layer().without_time().with_ansi(false).with_writer(written.clone()).with_filter(provisioning);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            say("a");
            assert_eq!(written.take(), [] as [String; 0]);
            set([(&ChannelId::parse("a").unwrap(), 2_000)].into_iter());
            say("a");
            assert_eq!(written.take(), ["a info", "a debug", "a called", "a told"]);
        });
    }
}
