//! Plans too large for memory, spilled in the order they are applied.

use crate::batch::{batches, json, text};
use crate::{Conn, Result, StoreError, Tx};
use domain::id::{CycleId, SourceId};
use domain::model::link::ObjectKind;
use domain::model::plan::Op;
use serde::Serialize;
use std::borrow::Cow;

#[derive(Serialize)]
struct NewOp<'a> {
    seq: u32,
    op: String,
    kind: &'static str,
    source_id: Cow<'a, str>,
}

impl Conn {
    /// Operations of a spilled plan from position `from` on, with their positions.
    pub async fn list_plan_ops(&mut self, cycle: &CycleId, from: u32, limit: u32) -> Result<Vec<(u32, Op)>> {
        let rows = fetch_all!(
            self,
            "read a plan",
            (i64, String),
            "select seq, op from plan_ops where cycle_id = $1 and seq >= $2 order by seq limit $3",
            cycle.as_str(),
            i64::from(from),
            i64::from(limit)
        )?;
        rows.into_iter()
            .map(|(seq, op)| {
                let id = || format!("{cycle} {seq}");
                let position = u32::try_from(seq).map_err(|e| StoreError::corrupt("plan_ops", id(), e))?;
                Ok((position, serde_json::from_str(&op).map_err(|e| StoreError::corrupt("plan_ops", id(), e))?))
            })
            .collect()
    }
}

impl Conn {
    /// Whether a held plan has an operation about this object.
    pub async fn is_held(&mut self, cycle: &CycleId, kind: ObjectKind, id: &SourceId) -> Result<bool> {
        let found = fetch_optional!(
            self,
            "look whether somebody is held",
            (i64,),
            "select count(*) from plan_ops where cycle_id = $1 and kind = $2 and source_id = $3",
            cycle.as_str(),
            kind.id(),
            text(&id.0).as_ref()
        )?;
        Ok(found.is_some_and(|(n,)| n > 0))
    }
}

impl Tx {
    /// Spills operations; the first gets position `from`. Their cycle must have been inserted.
    pub async fn insert_plan_ops(&mut self, cycle: &CycleId, from: u32, ops: &[Op]) -> Result<()> {
        let mut rows = Vec::with_capacity(ops.len());
        for (seq, op) in (from..).zip(ops) {
            rows.push(NewOp { seq, op: json(op)?, kind: op.object.kind.id(), source_id: text(&op.object.source_id.0) });
        }
        for batch in batches(rows)? {
            execute_rows!(
                self,
                "spill a plan",
                [
                    "insert into plan_ops (cycle_id, seq, op, kind, source_id) \
                     select $2, cast(value ->> 'seq' as bigint), value ->> 'op', value ->> 'kind', value ->> 'source_id' from ",
                    ""
                ],
                batch,
                cycle.as_str()
            )?;
        }
        Ok(())
    }

    /// Forgets a plan once it is applied.
    pub async fn delete_plan_ops(&mut self, cycle: &CycleId) -> Result<u64> {
        execute!(self, "forget a plan", "delete from plan_ops where cycle_id = $1", cycle.as_str())
    }
}
