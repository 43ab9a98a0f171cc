//! Previews as pages. A plan is kept for a while, so that its second page is of the same plan as its first.

use super::channels::coverage;
use super::words::{count, sentence};
use super::{Ports, as_u32, ops, refuse};
use app::backend::PreviewPart;
use app::error::AppError;
use app::views::preview::{MovesView, Names, PreviewPage, ReasonRow};
use domain::actor::Actor;
use domain::id::DraftId;
use domain::model::link::ObjectKind;
use domain::model::plan::{Coverage, ObjectRef, Plan};
use engine::{Moves, Tally, moves, tally};
use service::preview::Preview;
use std::sync::{Arc, Mutex, PoisonError};

/// Operations on a page; and held ones of each guard, and objects left out.
const A_PAGE: usize = 100;
/// Names that a page shows of those who come or go.
const NAMES_SHOWN: usize = 100;
/// Previews that are kept, and how long (ms).
const KEPT: usize = 4;
const KEPT_MS: i64 = 10 * 60 * 1000;
/// A plan with more in its longest list than this is worked out anew for each page, since it takes too much room.
const MOST_KEPT: usize = 50_000;

/// Previews whose other pages may be asked for.
#[derive(Clone, Default)]
pub struct Previews(Arc<Mutex<Vec<Kept>>>);

struct Kept {
    of: String,
    /// Who asked, and for what.
    asked: (String, String),
    at: i64,
    preview: Arc<Preview>,
}

impl Previews {
    fn find(&self, of: &str, asked: &(String, String), now: i64) -> Option<Arc<Preview>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |k: &&Kept| k.of == of && k.asked == *asked && (k.at..k.at + KEPT_MS).contains(&now);
        kept.iter().find(same).map(|k| k.preview.clone())
    }

    /// Answers the name under which it is found; empty if it is too large to be kept.
    fn keep(&self, preview: &Arc<Preview>, asked: (String, String), now: i64) -> String {
        if longest(&preview.plan) > MOST_KEPT {
            return String::new();
        }
        let of = service::new_id();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|k| (k.at..k.at + KEPT_MS).contains(&now));
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push(Kept { of: of.clone(), asked, at: now, preview: preview.clone() });
        of
    }
}

impl Ports {
    /// One page of a preview, or everything.
    pub(super) async fn preview_page(
        &self,
        actor: &Actor,
        subject: &str,
        draft: Option<(DraftId, String)>,
        part: &PreviewPart,
        make: impl Future<Output = service::Result<Preview>>,
    ) -> Result<PreviewPage, AppError> {
        let asked = (actor.to_string(), subject.to_owned());
        let PreviewPart::Page { of, page } = part else {
            let preview = make.await.map_err(refuse)?;
            return Ok(view(&preview, draft, None, String::new()));
        };
        let page = (*page).max(1);
        let kept = if page > 1 { self.previews.find(of, &asked, self.now()) } else { None };
        let (preview, of) = match kept {
            Some(preview) => (preview, of.clone()),
            None => {
                let preview = Arc::new(make.await.map_err(refuse)?);
                let is_long = longest(&preview.plan) > A_PAGE;
                let of = if is_long { self.previews.keep(&preview, asked, self.now()) } else { String::new() };
                (preview, of)
            }
        };
        Ok(view(&preview, draft, Some(page), of))
    }
}

/// How long the longest of a plan's lists is. They are all turned over together.
fn longest(plan: &Plan) -> usize {
    let held = plan.held.iter().map(|held| held.ops.len());
    held.chain([plan.ops.len(), plan.skipped.len()]).max().unwrap_or(0)
}

/// `page`: of the operations, the held ones and those left out; `None`: everything.
fn view(preview: &Preview, draft: Option<(DraftId, String)>, page: Option<u32>, of: String) -> PreviewPage {
    let Preview { channel, plan, names } = preview;
    let names_shown = if page.is_some() { NAMES_SHOWN } else { usize::MAX };
    let row = |op| ops::op_row(op, channel, names);
    let first = page.map_or(0, |page| (page as usize - 1).saturating_mul(A_PAGE));
    let length = if page.is_some() { A_PAGE } else { usize::MAX };
    let (users, groups) = (moves(plan, ObjectKind::User), moves(plan, ObjectKind::Group));
    let read = Coverage { problem: None, ..plan.coverage.clone() };
    let mut sentences = coverage(&read);
    if !plan.waiting.is_empty() {
        let waiting = count(as_u32(plan.waiting.len()), "object differs but waits", "objects differ but wait");
        sentences.push(format!("{waiting} for another try after a failure."));
    }
    PreviewPage {
        channel: channel.id.clone(),
        channel_name: channel.name.clone(),
        draft,
        summary: summary(plan, &users, &groups),
        users: moved(&users, names_shown),
        groups: moved(&groups, names_shown),
        counts: ops::plan_counts(&plan.ops),
        reasons: tally(plan).into_iter().map(reason).collect(),
        sentences,
        problem: plan.coverage.problem.as_deref().map(|problem| format!("The directory was not read completely. {}", sentence(problem))),
        ops: plan.ops.iter().skip(first).take(length).map(row).collect(),
        total: as_u32(plan.ops.len()),
        held: plan.held.iter().map(|held| ops::held(held, channel, names, first..first.saturating_add(length))).collect(),
        skipped: plan.skipped.iter().skip(first).take(length).map(|s| ops::note(&s.object, &s.reason)).collect(),
        skipped_total: as_u32(plan.skipped.len()),
        page: page.unwrap_or(1),
        pages: if page.is_some() { as_u32(longest(plan).div_ceil(A_PAGE).max(1)) } else { 1 },
        of,
    }
}

fn moved(moves: &Moves, most: usize) -> MovesView {
    let names =
        |objects: &[ObjectRef]| Names { total: as_u32(objects.len()), names: objects.iter().take(most).map(|o| o.name.clone()).collect() };
    MovesView { entering: names(&moves.entering), leaving: names(&moves.leaving), staying: names(&moves.staying) }
}

/// *12 people would enter and 3 would leave.*
fn summary(plan: &Plan, users: &Moves, groups: &Moves) -> String {
    let of = |moves: &Moves, one: &str, many: &str, nobody: &str| {
        let who = |n: usize| if n == 0 { nobody.to_owned() } else { count(as_u32(n), one, many) };
        let (entering, leaving) = (moves.entering.len(), moves.leaving.len());
        let leave = if leaving == 0 { nobody.to_lowercase() } else { leaving.to_string() };
        let stay = match moves.staying.len() {
            0 => String::new(),
            n => format!(" {} left the source location and would stay as they are.", count(as_u32(n), one, many)),
        };
        format!("{} would enter and {leave} would leave.{stay}", who(entering))
    };
    let mut said = of(users, "person", "people", "Nobody");
    if !groups.entering.is_empty() || !groups.leaving.is_empty() {
        said = format!("{said} {}", of(groups, "group", "groups", "No group"));
    }
    let held: usize = plan.held.iter().map(|held| held.ops.len()).sum();
    if held > 0 {
        let waits = count(as_u32(held), "removal would wait", "removals would wait");
        said = format!("{said} {waits} for approval.");
    }
    said
}

fn reason(tally: Tally) -> ReasonRow {
    let objects = if tally.kind == ObjectKind::User { "users" } else { "groups" };
    let operation = tally.action.map_or_else(|| format!("Leave out {objects}"), |action| ops::operation(action, objects));
    ReasonRow { operation, reason: tally.reason, count: tally.count, examples: tally.examples }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::{ChannelId, SourceId};
    use domain::model::channel::Channel;
    use domain::model::plan::{Action, After, Guard, Held, Op, Skipped};
    use std::collections::{BTreeSet, HashMap};
    use std::ops::Range;

    fn someone(n: usize) -> ObjectRef {
        ObjectRef { kind: ObjectKind::User, source_id: SourceId(n.to_string()), name: format!("{n}@example.com"), dn: format!("CN={n}") }
    }

    fn disable(n: usize) -> Op {
        Op { object: someone(n), action: Action::Disable, reason: "Left the source location.".into(), after: After::default() }
    }

    /// Ten operations, 430 held by two guards, and 250 left out.
    fn preview() -> Preview {
        let held = |guard, places: Range<usize>| Held { guard, reason: "Too many.".into(), ops: places.map(disable).collect() };
        let plan = Plan {
            ops: (0..10).map(disable).collect(),
            held: vec![held(Guard::TooManyRemovals, 1000..1350), held(Guard::Rejected, 2000..2080)],
            skipped: (3000..3250).map(|n| Skipped { object: someone(n), reason: "No mail.".into(), by_entry: true }).collect(),
            ..Plan::default()
        };
        Preview { channel: Channel::new(ChannelId::parse("c").unwrap()), plan, names: HashMap::new() }
    }

    fn named(pages: &[PreviewPage], names: fn(&PreviewPage) -> Vec<String>) -> usize {
        let all: Vec<String> = pages.iter().flat_map(names).collect();
        let each: BTreeSet<&String> = all.iter().collect();
        assert_eq!(all.len(), each.len(), "each is on one page");
        all.len()
    }

    #[test]
    fn everything_is_on_some_page() {
        let preview = preview();
        let first = view(&preview, None, Some(1), "p".into());
        assert_eq!((first.pages, first.total, first.skipped_total), (4, 10, 250), "the longest list says how many");
        let pages: Vec<_> = (1..=first.pages).map(|page| view(&preview, None, Some(page), "p".into())).collect();
        assert!(pages.iter().all(|page| page.skipped.len() <= A_PAGE && page.held.iter().all(|h| h.ops.len() <= A_PAGE)));
        assert_eq!(named(&pages, |page| page.ops.iter().map(|op| op.name.clone()).collect()), 10);
        assert_eq!(named(&pages, |page| page.held.iter().flat_map(|h| h.ops.iter().map(|op| op.name.clone())).collect()), 430);
        assert_eq!(named(&pages, |page| page.skipped.iter().map(|note| note.name.clone()).collect()), 250);
        for page in &pages {
            assert_eq!(page.held.iter().map(|h| h.total).collect::<Vec<_>>(), [350, 80], "how many there are is said on each");
        }
    }

    #[test]
    fn the_command_line_gets_everything_at_once() {
        let all = view(&preview(), None, None, String::new());
        assert_eq!((all.pages, all.ops.len(), all.skipped.len()), (1, 10, 250));
        assert_eq!(all.held.iter().map(|h| h.ops.len()).collect::<Vec<_>>(), [350, 80]);
    }
}
