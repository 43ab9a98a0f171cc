//! Figures for Prometheus. Rooms that do something count it where it is done, by the names of the list here; how channels stand is
//! read from the use cases when somebody asks, so that a channel that is gone leaves no figure behind.

use crate::ports::standing;
use domain::model::cycle::Cycle;
use domain::model::link::ObjectKind;
use domain::model::plan::{ActionKind, Outcome};
use metrics::{Label, counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use service::channels::ChannelGlance;
use std::sync::OnceLock;
use std::time::Duration;

/// Every figure: name, sort, what it means. Names and units follow Prometheus: base units in the name, `_total` for what only grows.
const FIGURES: &[(&str, Sort, &str)] = &[
    ("towpath_build_info", Sort::Gauge, "Always 1; the label is the version that runs."),
    ("towpath_channel_info", Sort::Gauge, "Always 1; the name of a channel and of its SP Connection, by its id."),
    ("towpath_channel_state", Sort::Gauge, "1 for the state that a channel is in, 0 for the others."),
    ("towpath_channel_lag_seconds", Sort::Gauge, "Time since everybody in scope of a channel was last read and compared with success."),
    ("towpath_channel_next_cycle_seconds", Sort::Gauge, "Time until the next cycle of a channel begins."),
    ("towpath_channel_objects", Sort::Gauge, "People and groups that a channel has linked to objects of its service."),
    ("towpath_channel_failing_objects", Sort::Gauge, "Objects whose last operation failed and that wait for another try."),
    ("towpath_channel_skipped_objects", Sort::Gauge, "Source objects that the last cycle left out, each with a reason."),
    ("towpath_channel_held_operations", Sort::Gauge, "Removals that wait for a decision."),
    ("towpath_channel_queue_operations", Sort::Gauge, "Operations that the running cycle has still to do."),
    ("towpath_cycles_total", Sort::Counter, "Cycles that ended, by how."),
    ("towpath_cycle_duration_seconds", Sort::Histogram(&CYCLE), "Time that cycles took, from reading to recording."),
    ("towpath_operations_total", Sort::Counter, "Operations on objects of services, by what came of them."),
    ("towpath_scim_request_duration_seconds", Sort::Histogram(&CALL), "Time until a service answered a request; every try counts."),
    ("towpath_scim_rate_limit_wait_seconds", Sort::Histogram(&CALL), "Time that requests waited for the limits of their service."),
    ("towpath_ldap_operation_duration_seconds", Sort::Histogram(&CALL), "Time until a directory had answered an operation; a page is one."),
    ("towpath_ldap_connection_failures_total", Sort::Counter, "Connections to directories that failed while something was asked."),
    ("towpath_http_request_duration_seconds", Sort::Histogram(&CALL), "Time until a request to this server was answered."),
];

/// Upper ends of buckets for single calls, in seconds.
const CALL: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];
/// And for cycles, which take from a fraction of a second to hours.
const CYCLE: [f64; 12] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0, 600.0, 3_600.0, 14_400.0];

enum Sort {
    Counter,
    Gauge,
    Histogram(&'static [f64]),
}

/// What collects the figures of this process.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Begins to collect. A second server in the same process, as tests have it, shares the figures.
pub(crate) fn install() {
    RECORDER.get_or_init(|| {
        let mut builder = PrometheusBuilder::new();
        for (name, sort, _) in FIGURES {
            if let Sort::Histogram(buckets) = sort {
                // Fails only for an empty list of buckets.
                builder = builder.set_buckets_for_metric(Matcher::Full((*name).to_owned()), buckets).ok()?;
            }
        }
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).ok()?;
        describe();
        metrics_process::Collector::default().describe();
        Some(handle)
    });
}

fn describe() {
    for (name, sort, meaning) in FIGURES {
        match sort {
            Sort::Counter => metrics::describe_counter!(*name, *meaning),
            Sort::Gauge => metrics::describe_gauge!(*name, *meaning),
            Sort::Histogram(_) => metrics::describe_histogram!(*name, *meaning),
        }
    }
}

/// Puts samples into their buckets. They are kept one by one until then, so it is called now and then although nobody asks.
pub(crate) fn settle() {
    if let Some(Some(handle)) = RECORDER.get() {
        handle.run_upkeep();
    }
}

/// All figures in Prometheus' text format.
pub(crate) fn text(channels: &[ChannelGlance], provisions: bool, now: i64) -> String {
    let Some(Some(handle)) = RECORDER.get() else { return String::new() };
    metrics_process::Collector::default().collect();
    handle.run_upkeep();
    let mut text = handle.render();
    let momentary = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&momentary, || {
        describe();
        gauge!("towpath_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        channels.iter().for_each(|glance| channel(glance, provisions, now));
    });
    text.push_str(&momentary.handle().render());
    text
}

/// How one channel stands.
fn channel(glance: &ChannelGlance, provisions: bool, now: i64) {
    let id = || glance.channel.id.to_string();
    gauge!("towpath_channel_info", "channel" => id(), "name" => glance.channel.name.clone(), "connection" => glance.channel.connection_name.clone()).set(1.0);
    let last = glance.finished.as_ref();
    let state = standing::of_channel(glance, last, provisions, now).label;
    for known in standing::STATES {
        let label = known.to_lowercase().replace(' ', "_");
        gauge!("towpath_channel_state", "channel" => id(), "state" => label).set(f64::from(u8::from(state == *known)));
    }
    let seconds = |ms: i64| ms.max(0) as f64 / 1000.0;
    if let Some(at) = glance.state.last_complete_at {
        gauge!("towpath_channel_lag_seconds", "channel" => id()).set(seconds(now - at));
    }
    let status = glance.status.as_ref();
    if let Some(at) = status.and_then(|status| status.next_at) {
        gauge!("towpath_channel_next_cycle_seconds", "channel" => id()).set(seconds(at - now));
    }
    for (kind, count) in [(ObjectKind::User, glance.users.linked), (ObjectKind::Group, glance.groups.linked)] {
        gauge!("towpath_channel_objects", "channel" => id(), "kind" => kind.id()).set(f64::from(count));
    }
    if let Some(cycle) = last {
        gauge!("towpath_channel_failing_objects", "channel" => id()).set(f64::from(standing::failed(cycle) + cycle.waiting));
        gauge!("towpath_channel_skipped_objects", "channel" => id()).set(f64::from(cycle.skipped));
        gauge!("towpath_channel_held_operations", "channel" => id()).set(f64::from(cycle.held));
    }
    let queue = status.and_then(|status| status.running.as_ref()).and_then(|running| Some(running.total?.saturating_sub(running.done)));
    gauge!("towpath_channel_queue_operations", "channel" => id()).set(f64::from(queue.unwrap_or(0)));
}

/// A cycle ended.
pub(crate) fn cycle_ended(cycle: &Cycle) {
    counter!("towpath_cycles_total", "channel" => cycle.channel.to_string(), "state" => cycle.state.id()).increment(1);
    if let Some(end) = cycle.ended_at {
        let took = Duration::from_millis(u64::try_from(end - cycle.started_at).unwrap_or(0));
        histogram!("towpath_cycle_duration_seconds", "channel" => cycle.channel.to_string()).record(took.as_secs_f64());
    }
    settle();
}

/// Something was done, or tried, at a service.
pub(crate) fn operation(channel: &str, kind: ObjectKind, action: ActionKind, outcome: &Outcome) {
    let labels = vec![
        Label::new("channel", channel.to_owned()),
        Label::new("kind", kind.id()),
        Label::new("action", action.id()),
        Label::new("outcome", outcome.id()),
    ];
    counter!("towpath_operations_total", labels).increment(1);
}

/// A request to this server was answered.
pub(crate) fn answered(method: &str, status: u16, time: Duration) {
    // Methods are free text; what nobody serves shares a label.
    let method = match method {
        "GET" => "GET",
        "POST" => "POST",
        "HEAD" => "HEAD",
        _ => "other",
    };
    histogram!("towpath_http_request_duration_seconds", "method" => method, "status" => status.to_string()).record(time.as_secs_f64());
}
