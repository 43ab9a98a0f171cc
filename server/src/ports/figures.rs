//! What a channel did over an hour, a day or a week: as charts, and as a table of the same figures.

use super::charts::{Chart, Colour, Series, Shape, Time};
use super::words::{count, duration};
use app::routes::Page;
use app::views::channels::{ChartView, ChartsView, ChoiceView};
use domain::id::ChannelId;
use jiff::Timestamp;
use store::Figures;

const MINUTE_MS: i64 = 60 * 1000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A time that charts go over.
struct Over {
    id: &'static str,
    label: &'static str,
    length: i64,
    span: i64,
    tick: i64,
    written: fn(i64) -> String,
}

const OVER: [Over; 3] = [
    Over { id: "hour", label: "Last hour", length: HOUR_MS, span: 5 * MINUTE_MS, tick: 15 * MINUTE_MS, written: time_of_day },
    Over { id: "day", label: "Last day", length: DAY_MS, span: 30 * MINUTE_MS, tick: 6 * HOUR_MS, written: time_of_day },
    Over { id: "week", label: "Last week", length: 7 * DAY_MS, span: 3 * HOUR_MS, tick: 2 * DAY_MS, written: day },
];
/// The one that is shown without being asked for.
const DAY: usize = 1;

fn over(id: &str) -> &'static Over {
    OVER.iter().find(|over| over.id == id).unwrap_or(&OVER[DAY])
}

fn time_of_day(at: i64) -> String {
    Timestamp::from_millisecond(at).unwrap_or_default().strftime("%H:%M").to_string()
}

fn day(at: i64) -> String {
    Timestamp::from_millisecond(at).unwrap_or_default().strftime("%m-%d").to_string()
}

/// The time that an address asks for, up to now.
pub(super) fn time(id: &str, now: i64) -> Time {
    let Over { length, span, tick, written, .. } = *over(id);
    let until = now - now.rem_euclid(span) + span;
    Time { from: until - length, until, span, tick, label: written }
}

/// Charts and table.
pub(super) fn charts(channel: &ChannelId, id: &str, time: Time, figures: &[Figures]) -> ChartsView {
    let chosen = over(id);
    let base = Page::Channel(channel.clone()).href();
    let range = |over: &Over| ChoiceView {
        label: over.label.to_owned(),
        count: None,
        tone: None,
        href: format!("{base}?over={}#charts", over.id),
        is_shown: over.id == chosen.id,
    };
    let within = chosen.label.to_lowercase();
    let sum = |of: fn(&Figures) -> i64| figures.iter().map(of).sum::<i64>();
    let most = |of: fn(&Figures) -> i64| figures.iter().map(of).max().unwrap_or(0);
    let series =
        |colour, of: fn(&Figures) -> Option<f64>| Series { colour, values: figures.iter().filter_map(|f| Some((f.at, of(f)?))).collect() };
    let draw = |title: &str, id: &str, sentence: String, shape, series: Vec<(&str, Series)>, value: fn(f64) -> String, least| {
        let class = |colour| match colour {
            Colour::Main => "main",
            Colour::Second => "second",
            Colour::Bad => "bad",
        };
        let legend = series.iter().map(|(label, series)| (class(series.colour).to_owned(), (*label).to_owned())).collect();
        let series = series.into_iter().map(|(_, series)| series).collect();
        let svg = Chart { id, title, sentence: &sentence, time, shape, series, value, least }.svg();
        ChartView { title: title.to_owned(), legend, svg, sentence }
    };
    let (done, failed, broken) = (sum(|f| f.operations), sum(|f| f.failures), sum(|f| f.broken));
    let (cycles, calls) = (sum(|f| f.cycles), sum(|f| f.calls));
    let words = |n: i64, one: &str, many: &str| count(u32::try_from(n).unwrap_or(u32::MAX), one, many);
    let took = match cycles {
        0 => format!("No cycle ended in the {within}."),
        n => format!(
            "{} in the {within}, {} on average, the longest {}.",
            words(n, "cycle", "cycles"),
            duration(sum(|f| f.took_ms) / n),
            duration(most(|f| f.longest_ms))
        ),
    };
    let answered = match calls {
        0 => format!("Nothing was asked of the service in the {within}."),
        n => format!(
            "{} in the {within}, answered within {} ms on average; nineteen of twenty within {} ms in the slowest cycle.",
            words(n, "request", "requests"),
            sum(|f| f.calls_ms) / n,
            most(|f| f.slow_ms)
        ),
    };
    ChartsView {
        ranges: OVER.iter().map(range).collect(),
        charts: vec![
            draw(
                "Operations",
                "chart-operations",
                format!("{} done in the {within}.", words(done, "operation was", "operations were")),
                Shape::Bars,
                vec![("Done", series(Colour::Main, |f| Some(f.operations as f64)))],
                whole,
                1.0,
            ),
            draw(
                "Failures",
                "chart-failures",
                format!(
                    "{} and {} failed in the {within}.",
                    words(failed, "operation", "operations"),
                    words(broken, "whole cycle", "whole cycles")
                ),
                Shape::Bars,
                vec![
                    ("Operations", series(Colour::Bad, |f| Some(f.failures as f64))),
                    ("Whole cycles", series(Colour::Second, |f| Some(f.broken as f64))),
                ],
                whole,
                1.0,
            ),
            draw(
                "Duration of cycles",
                "chart-duration",
                took,
                Shape::Lines,
                vec![
                    ("Average", series(Colour::Main, |f| (f.cycles > 0).then(|| f.took_ms as f64 / f.cycles as f64))),
                    ("Longest", series(Colour::Second, |f| (f.cycles > 0).then_some(f.longest_ms as f64))),
                ],
                milliseconds,
                10.0,
            ),
            draw(
                "Latency of the target",
                "chart-latency",
                answered,
                Shape::Lines,
                vec![
                    ("Average", series(Colour::Main, |f| (f.calls > 0).then(|| f.calls_ms as f64 / f.calls as f64))),
                    ("19 of 20 within", series(Colour::Second, |f| (f.calls > 0).then_some(f.slow_ms as f64))),
                ],
                milliseconds,
                10.0,
            ),
        ],
        heads: [
            "From (UTC)",
            "Cycles",
            "Done",
            "Failed",
            "Cycles failed",
            "Average",
            "Longest",
            "Requests",
            "Answered in",
            "19 of 20 within",
        ]
        .map(str::to_owned)
        .to_vec(),
        rows: figures.iter().rev().map(row).collect(),
    }
}

fn row(f: &Figures) -> Vec<String> {
    let at = Timestamp::from_millisecond(f.at).unwrap_or_default().strftime("%Y-%m-%d %H:%M").to_string();
    let asked = |text: String| if f.calls > 0 { text } else { String::new() };
    vec![
        at,
        f.cycles.to_string(),
        f.operations.to_string(),
        f.failures.to_string(),
        f.broken.to_string(),
        duration(f.took_ms / f.cycles.max(1)),
        duration(f.longest_ms),
        f.calls.to_string(),
        asked(format!("{} ms", f.calls_ms / f.calls.max(1))),
        asked(format!("{} ms", f.slow_ms)),
    ]
}

/// A number of things; a part of one is nothing to write at an axis.
fn whole(n: f64) -> String {
    match n {
        n if n.fract() != 0.0 => String::new(),
        n if n >= 10_000.0 => format!("{} k", n / 1_000.0),
        n => n.to_string(),
    }
}

/// A time in the unit that people use for so much.
fn milliseconds(ms: f64) -> String {
    let short = |n: f64, unit: &str| {
        let n = (n * 10.0).round() / 10.0;
        format!("{n} {unit}")
    };
    match ms {
        0.0 => "0".to_owned(),
        ms if ms < 1_000.0 => short(ms, "ms"),
        ms if ms < 120_000.0 => short(ms / 1_000.0, "s"),
        ms if ms < 7_200_000.0 => short(ms / 60_000.0, "min"),
        ms => short(ms / 3_600_000.0, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_cut_so_that_the_present_span_is_the_last() {
        for (id, spans) in [("hour", 12), ("day", 48), ("week", 56), ("nonsense", 48)] {
            let now = 1_795_474_726_123;
            let time = time(id, now);
            assert_eq!((time.until - time.from) / time.span, spans, "{id}");
            assert!(time.until > now && time.until - time.span <= now && time.from % time.span == 0, "{id}");
            assert_eq!(time.span % store::figures::SPAN_MS, 0, "{id}");
        }
    }

    #[test]
    fn axes_are_written_short() {
        assert_eq!([whole(0.0), whole(0.5), whole(250.0), whole(20_000.0)], ["0", "", "250", "20 k"]);
        assert_eq!(
            [milliseconds(0.0), milliseconds(500.0), milliseconds(1_500.0), milliseconds(300_000.0)],
            ["0", "500 ms", "1.5 s", "5 min"]
        );
    }

    #[test]
    fn charts_and_table_say_the_same() {
        let channel = ChannelId::parse("c").unwrap();
        let now = 1_795_474_726_123;
        let time = time("hour", now);
        let busy = Figures {
            at: time.from,
            cycles: 4,
            broken: 1,
            operations: 12,
            failures: 3,
            took_ms: 8_000,
            longest_ms: 5_000,
            calls: 20,
            calls_ms: 900,
            slow_ms: 120,
        };
        let quiet = Figures { at: time.from + time.span, cycles: 1, took_ms: 40, longest_ms: 40, ..Figures::default() };
        let view = charts(&channel, "hour", time, &[busy, quiet]);
        let sentences: Vec<_> = view.charts.iter().map(|chart| chart.sentence.as_str()).collect();
        assert_eq!(
            sentences,
            [
                "12 operations were done in the last hour.",
                "3 operations and 1 whole cycle failed in the last hour.",
                "5 cycles in the last hour, 1.6 s on average, the longest 5.0 s.",
                "20 requests in the last hour, answered within 45 ms on average; nineteen of twenty within 120 ms in the slowest cycle.",
            ]
        );
        assert_eq!(view.rows[1][1..], ["4", "12", "3", "1", "2.0 s", "5.0 s", "20", "45 ms", "120 ms"]);
        assert_eq!(view.rows[0][7..], ["0", "", ""]);
        assert_eq!(view.rows[0].len(), view.heads.len());
        let shown: Vec<_> = view.ranges.iter().filter(|range| range.is_shown).map(|range| range.href.as_str()).collect();
        assert_eq!(shown, ["/channels/c?over=hour#charts"]);
        assert!(view.charts.iter().all(|chart| chart.svg.contains("<desc id=\"chart-")));
    }
}
