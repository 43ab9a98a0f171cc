//! Figures over time as SVG, made on the server so that they show without JavaScript. Colours are the page's own, by its custom
//! properties: the charting crate knows only fixed ones, so each stands for a property and is replaced by it.

use plotters::coord::Shift;
use plotters::prelude::*;

/// What stands for a colour of the page, and the colour's property.
const COLOURS: [(RGBColor, &str); 5] = [
    (TEXT, "--text-muted"),
    (LINE, "--line"),
    (Colour::Main.rgb(), "--chart"),
    (Colour::Second.rgb(), "--chart-second"),
    (Colour::Bad.rgb(), "--bad"),
];
const TEXT: RGBColor = RGBColor(0, 0, 1);
const LINE: RGBColor = RGBColor(0, 0, 2);

/// What a series is drawn in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// The first thing to look at.
    Main,
    /// The other one.
    Second,
    /// What went wrong.
    Bad,
}

impl Colour {
    const fn rgb(self) -> RGBColor {
        match self {
            Colour::Main => RGBColor(0, 0, 3),
            Colour::Second => RGBColor(0, 0, 4),
            Colour::Bad => RGBColor(0, 0, 5),
        }
    }
}

/// The time that a chart is about, cut into spans (unix ms).
#[derive(Clone, Copy)]
pub struct Time {
    /// Begin of the first span.
    pub from: i64,
    /// End of the last.
    pub until: i64,
    /// Length of a span.
    pub span: i64,
    /// Between two labels.
    pub tick: i64,
    /// How a label is written.
    pub label: fn(i64) -> String,
}

/// A value for each span that has one, by the span's begin.
pub struct Series {
    /// Drawn in.
    pub colour: Colour,
    /// Begin of the span, and value.
    pub values: Vec<(i64, f64)>,
}

/// How values are drawn.
pub enum Shape {
    /// Bars, one upon the other.
    Bars,
    /// Lines, broken where there is no value.
    Lines,
}

/// A chart.
pub struct Chart<'a> {
    /// Unique on the page.
    pub id: &'a str,
    /// What it shows.
    pub title: &'a str,
    /// What there is to see in it, in a sentence.
    pub sentence: &'a str,
    /// Over which time.
    pub time: Time,
    /// Drawn as.
    pub shape: Shape,
    /// What is drawn.
    pub series: Vec<Series>,
    /// How a value is written at its axis; empty for one that is not written.
    pub value: fn(f64) -> String,
    /// The least upper end of the axis.
    pub least: f64,
}

const SIZE: (u32, u32) = (420, 174);
/// The crate makes letters smaller than it is told.
const LETTERS: f64 = 14.0;

impl Chart<'_> {
    /// The chart as SVG.
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        // Fails only where the target cannot be written, and a text can.
        let drawn = self.draw(&SVGBackend::with_string(&mut svg, SIZE).into_drawing_area());
        if let Err(error) = drawn {
            tracing::error!(error = &error as &dyn std::error::Error, chart = self.id, "a chart could not be drawn");
        }
        let (title, desc) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        let head = format!(
            "<svg class=\"chart__svg\" role=\"img\" aria-labelledby=\"{title} {desc}\"><title id=\"{title}\">{}</title><desc id=\"{desc}\">{}</desc>",
            escape(self.title),
            escape(self.sentence)
        );
        dressed(&svg, &head)
    }

    fn draw(&self, area: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
        let most = match self.shape {
            Shape::Bars => self.stacked().iter().map(|(.., to)| *to).fold(0.0, f64::max),
            Shape::Lines => self.series.iter().flat_map(|s| &s.values).map(|(_, value)| *value).fold(0.0, f64::max),
        };
        let Time { from, until, span, tick, label } = self.time;
        let ticks: Vec<i64> =
            (from.div_euclid(tick)..).map(|n| n * tick).skip_while(|at| *at < from).take_while(|at| *at <= until).collect();
        let mut chart = ChartBuilder::on(area)
            .margin_top(10)
            .margin_right(14)
            .x_label_area_size(26)
            .y_label_area_size(50)
            .build_cartesian_2d((from..until).with_key_points(ticks), 0.0..(most * 1.1).max(self.least))?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(LINE)
            .axis_style(LINE)
            .y_labels(4)
            .set_all_tick_mark_size(5)
            .label_style(("inherit", LETTERS).into_font().color(&TEXT))
            .x_label_formatter(&|at| label(*at))
            .y_label_formatter(&|value| (self.value)(*value))
            .draw()?;
        match self.shape {
            Shape::Bars => {
                // Neighbours do not touch.
                let gap = span / 10;
                let bar = |(at, colour, from, to): (i64, Colour, f64, f64)| {
                    Rectangle::new([(at + gap, from), (at + span - gap, to)], colour.rgb().filled())
                };
                chart.draw_series(self.stacked().into_iter().map(bar))?;
            }
            Shape::Lines => {
                for series in &self.series {
                    let middle = |(at, value): &(i64, f64)| (at + span / 2, *value);
                    for run in series.values.chunk_by(|a, b| b.0 - a.0 == span) {
                        chart.draw_series(LineSeries::new(run.iter().map(middle), series.colour.rgb().stroke_width(2)))?;
                    }
                    let alone = series.values.chunk_by(|a, b| b.0 - a.0 == span).filter(|run| run.len() == 1).flatten();
                    chart.draw_series(alone.map(|value| Circle::new(middle(value), 2, series.colour.rgb().filled())))?;
                }
            }
        }
        area.present()
    }

    /// Begin of the span, colour, lower and upper end of each bar.
    fn stacked(&self) -> Vec<(i64, Colour, f64, f64)> {
        stacked(&self.series)
    }
}

fn stacked(series: &[Series]) -> Vec<(i64, Colour, f64, f64)> {
    let mut tops = std::collections::BTreeMap::<i64, f64>::new();
    let mut bars = Vec::new();
    for Series { colour, values } in series {
        for (at, value) in values.iter().filter(|(_, value)| *value > 0.0) {
            let top = tops.entry(*at).or_default();
            bars.push((*at, *colour, *top, *top + value));
            *top += value;
        }
    }
    bars
}

/// Bars without axes, as they fit into a row of a table; empty when there is nothing to show.
pub fn spark(time: Time, series: &[Series], words: &str) -> String {
    let bars = stacked(series);
    let most = bars.iter().map(|(.., to)| *to).fold(0.0, f64::max);
    if most == 0.0 {
        return String::new();
    }
    let mut svg = String::new();
    let draw = |svg: &mut String| {
        let area = SVGBackend::with_string(svg, (144, 28)).into_drawing_area();
        let mut chart = ChartBuilder::on(&area).build_cartesian_2d(time.from..time.until, 0.0..most)?;
        let gap = time.span / 6;
        // What is little is seen beside what is much.
        let seen = |from: f64, to: f64| to.max(from + most / 14.0);
        let bar = |(at, colour, from, to): (i64, Colour, f64, f64)| {
            Rectangle::new([(at, from), (at + time.span - gap, seen(from, to))], colour.rgb().filled())
        };
        chart.draw_series(bars.iter().copied().map(bar))?;
        area.present()
    };
    if let Err(error) = draw(&mut svg) {
        tracing::error!(error = &error as &dyn std::error::Error, "a line of bars could not be drawn");
    }
    dressed(&svg, &format!("<svg class=\"spark__svg\" role=\"img\" aria-label=\"{}\">", escape(words)))
}

/// With a head of our own, which says what it shows, and in the page's colours.
fn dressed(svg: &str, head: &str) -> String {
    let Some((own, rest)) = svg.split_once('>') else { return String::new() };
    let size = own.split_once("viewBox=").and_then(|(_, rest)| rest.split('"').nth(1)).unwrap_or_default();
    let head = head.replacen("<svg ", &format!("<svg viewBox=\"{size}\" "), 1);
    let mut dressed = format!("{head}{}", rest.replace('\n', "").replace(" opacity=\"1\"", ""));
    for (RGBColor(r, g, b), property) in COLOURS {
        dressed = dressed.replace(&format!("\"#{r:02X}{g:02X}{b:02X}\""), &format!("\"var({property})\""));
    }
    dressed
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Time = Time { from: 0, until: 3_600_000, span: 300_000, tick: 900_000, label: |at| format!("{} min", at / 60_000) };

    fn chart(shape: Shape, values: Vec<(i64, f64)>) -> String {
        Chart {
            id: "ops",
            title: "Operations <by hour>",
            sentence: "12 were done & 1 failed.",
            time: HOUR,
            shape,
            series: vec![
                Series { colour: Colour::Main, values: values.clone() },
                Series { colour: Colour::Bad, values: values.into_iter().map(|(at, value)| (at, value / 4.0)).collect() },
            ],
            value: |value| format!("{value}"),
            least: 1.0,
        }
        .svg()
    }

    #[test]
    fn a_chart_says_what_it_shows_and_takes_the_pages_colours() {
        let svg = chart(Shape::Bars, vec![(0, 4.0), (600_000, 8.0), (900_000, 0.0)]);
        let read = roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{error}: {svg}"));
        let root = read.root_element();
        let text = |name: &str| root.children().find(|n| n.has_tag_name(name)).and_then(|n| n.text()).unwrap_or_default().to_owned();
        assert_eq!((text("title").as_str(), text("desc").as_str()), ("Operations <by hour>", "12 were done & 1 failed."));
        assert_eq!(root.attribute("aria-labelledby"), Some("ops-title ops-desc"));
        let rects: Vec<_> = root.descendants().filter(|n| n.has_tag_name("rect")).filter_map(|n| n.attribute("fill")).collect();
        assert_eq!(rects, ["var(--chart)", "var(--chart)", "var(--bad)", "var(--bad)"], "no bar where nothing was");
        let labels: Vec<_> = root.descendants().filter(|n| n.has_tag_name("text")).filter_map(|n| n.text()).collect();
        assert!(labels.contains(&"15 min") && labels.contains(&"45 min"), "{labels:?}");
        assert!(!svg.contains('#') && !svg.contains("style="), "no colour of its own: {svg}");
    }

    #[test]
    fn a_line_breaks_where_there_is_no_value() {
        let svg = chart(Shape::Lines, vec![(0, 1.0), (300_000, 2.0), (1_200_000, 3.0)]);
        let read = roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{error}: {svg}"));
        let of = |name: &str| read.descendants().filter(|n| n.has_tag_name(name) && n.attribute("stroke") != Some("var(--line)")).count();
        assert_eq!((of("polyline"), of("circle")), (4, 2), "{svg}");
        // Nothing at all is a chart without lines.
        assert!(chart(Shape::Lines, Vec::new()).contains("</svg>"));
    }

    #[test]
    fn a_spark_is_there_when_there_is_something_to_show() {
        let bars = |values| [Series { colour: Colour::Main, values }];
        assert_eq!(spark(HOUR, &bars(vec![(0, 0.0)]), ""), "");
        let svg = spark(HOUR, &bars(vec![(0, 500.0), (300_000, 1.0)]), "501 changes");
        assert!(svg.contains("aria-label=\"501 changes\"") && svg.matches("<rect").count() == 2, "{svg}");
    }
}
