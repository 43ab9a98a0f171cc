//! Plans too large for memory, spilled in the order they are applied.

use crate::batch::{batches, json};
use crate::{Conn, Result, StoreError, Tx};
use domain::id::CycleId;
use domain::model::plan::Op;
use serde::Serialize;

#[derive(Serialize)]
struct NewOp {
    seq: u32,
    op: String,
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

impl Tx {
    /// Spills operations; the first gets position `from`. Their cycle must have been inserted.
    pub async fn insert_plan_ops(&mut self, cycle: &CycleId, from: u32, ops: &[Op]) -> Result<()> {
        let rows: Vec<NewOp> = (from..).zip(ops).map(|(seq, op)| json(op).map(|op| NewOp { seq, op })).collect::<Result<_>>()?;
        for batch in batches(rows)? {
            execute_rows!(
                self,
                "spill a plan",
                ["insert into plan_ops (cycle_id, seq, op) select $2, cast(value ->> 'seq' as bigint), value ->> 'op' from ", ""],
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
