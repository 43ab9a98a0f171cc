//! What people are told of: conditions that last, and the messages about them.

use crate::{Conn, Page, Result, StoreError, Tx};
use domain::model::notifications::{Condition, Event, Notice, Way};
use sqlx::FromRow;

/// A condition that lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lasting {
    /// It.
    pub condition: Condition,
    /// Since when (unix ms).
    pub since: i64,
    /// Whether people were told.
    pub told: bool,
}

#[derive(FromRow)]
struct LastingRow {
    topic: String,
    event: String,
    title: String,
    sentences: String,
    page: String,
    since: i64,
    told: i64,
}

#[derive(FromRow)]
struct NoticeRow {
    id: String,
    way: String,
    event: String,
    topic: String,
    title: String,
    sentences: String,
    page: String,
    created_at: i64,
    sent_at: Option<i64>,
    attempts: i64,
    next_at: Option<i64>,
    error: String,
}

impl TryFrom<NoticeRow> for Notice {
    type Error = StoreError;
    fn try_from(row: NoticeRow) -> Result<Self> {
        let corrupt = |what: &'static str| StoreError::corrupt("notices", &row.id, what);
        Ok(Self {
            way: Way::of(&row.way).ok_or_else(|| corrupt("its way is not known"))?,
            event: Event::of(&row.event).ok_or_else(|| corrupt("its event is not known"))?,
            attempts: u32::try_from(row.attempts).map_err(|_| corrupt("its attempts are out of range"))?,
            id: row.id,
            key: row.topic,
            title: row.title,
            text: row.sentences,
            page: row.page,
            created_at: row.created_at,
            sent_at: row.sent_at,
            next_at: row.next_at,
            error: row.error,
        })
    }
}

impl Conn {
    /// Every condition that lasts.
    pub async fn list_conditions(&mut self) -> Result<Vec<Lasting>> {
        fetch_all!(
            self,
            "read conditions",
            LastingRow,
            "select topic, event, title, sentences, page, since, told from conditions order by topic"
        )?
        .into_iter()
        .map(|row| {
            let event = Event::of(&row.event).ok_or_else(|| StoreError::corrupt("conditions", &row.topic, "its event is not known"))?;
            let condition = Condition { key: row.topic, event, title: row.title, text: row.sentences, page: row.page };
            Ok(Lasting { condition, since: row.since, told: row.told != 0 })
        })
        .collect()
    }

    /// The newest notices.
    pub async fn list_notices(&mut self, page: Page) -> Result<Vec<Notice>> {
        fetch_all!(
            self,
            "read notices",
            NoticeRow,
            "select id, way, event, topic, title, sentences, page, created_at, sent_at, attempts, next_at, error from notices \
             order by created_at desc, id desc limit $1 offset $2",
            i64::from(page.limit),
            i64::from(page.offset)
        )?
        .into_iter()
        .map(Notice::try_from)
        .collect()
    }

    /// Notices that are to be tried at `now`, the longest due first.
    pub async fn list_due_notices(&mut self, now: i64, limit: u32) -> Result<Vec<Notice>> {
        fetch_all!(
            self,
            "read due notices",
            NoticeRow,
            "select id, way, event, topic, title, sentences, page, created_at, sent_at, attempts, next_at, error from notices \
             where next_at is not null and next_at <= $1 order by next_at, id limit $2",
            now,
            i64::from(limit)
        )?
        .into_iter()
        .map(Notice::try_from)
        .collect()
    }

    /// When the next notice is to be tried.
    pub async fn next_due_notice(&mut self) -> Result<Option<i64>> {
        let row = fetch_optional!(
            self,
            "look for the next notice",
            (Option<i64>,),
            "select min(next_at) from notices where next_at is not null"
        )?;
        Ok(row.and_then(|(at,)| at))
    }
}

impl Tx {
    /// Keeps a condition, new or as it is now.
    pub async fn put_condition(&mut self, lasting: &Lasting) -> Result<()> {
        let condition = &lasting.condition;
        execute!(
            self,
            "keep a condition",
            "insert into conditions (topic, event, title, sentences, page, since, told) values ($1, $2, $3, $4, $5, $6, $7) \
             on conflict (topic) do update set event = excluded.event, title = excluded.title, sentences = excluded.sentences, \
             page = excluded.page, since = excluded.since, told = excluded.told",
            condition.key.as_str(),
            condition.event.id(),
            condition.title.as_str(),
            condition.text.as_str(),
            condition.page.as_str(),
            lasting.since,
            i64::from(lasting.told)
        )
        .map(drop)
    }

    /// A condition is over.
    pub async fn delete_condition(&mut self, key: &str) -> Result<()> {
        execute!(self, "forget a condition", "delete from conditions where topic = $1", key).map(drop)
    }

    /// Puts a notice on its way.
    pub async fn insert_notice(&mut self, notice: &Notice) -> Result<()> {
        execute!(
            self,
            "keep a notice",
            "insert into notices (id, way, event, topic, title, sentences, page, created_at, sent_at, attempts, next_at, error) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            notice.id.as_str(),
            notice.way.id(),
            notice.event.id(),
            notice.key.as_str(),
            notice.title.as_str(),
            notice.text.as_str(),
            notice.page.as_str(),
            notice.created_at,
            notice.sent_at,
            i64::from(notice.attempts),
            notice.next_at,
            notice.error.as_str()
        )
        .map(drop)
    }

    /// Notes what came of a try.
    pub async fn update_notice(&mut self, notice: &Notice) -> Result<()> {
        execute!(
            self,
            "note a notice's delivery",
            "update notices set sent_at = $2, attempts = $3, next_at = $4, error = $5 where id = $1",
            notice.id.as_str(),
            notice.sent_at,
            i64::from(notice.attempts),
            notice.next_at,
            notice.error.as_str()
        )
        .map(drop)
    }

    /// Forgets old notices that nothing is left to do about.
    pub async fn delete_old_notices(&mut self, before: i64) -> Result<u64> {
        execute!(self, "forget old notices", "delete from notices where created_at < $1 and next_at is null", before)
    }
}
