//! Trusted certificate authorities.

use crate::{Conn, Result, StoreError, Tx};
use domain::id::TrustedCaId;
use domain::model::trusted_ca::TrustedCa;
use sqlx::FromRow;

#[derive(FromRow)]
struct TrustedCaRow {
    id: String,
    fingerprint: String,
    certificate: String,
}

impl TryFrom<TrustedCaRow> for TrustedCa {
    type Error = StoreError;
    fn try_from(row: TrustedCaRow) -> Result<Self> {
        let id = TrustedCaId::parse(&row.id).map_err(|e| StoreError::corrupt("trusted_cas", &row.id, e))?;
        Ok(Self { id, fingerprint: row.fingerprint, certificate: row.certificate })
    }
}

impl Conn {
    /// One, by its id.
    pub async fn find_trusted_ca(&mut self, id: &TrustedCaId) -> Result<Option<TrustedCa>> {
        fetch_optional!(
            self,
            "read a trusted CA",
            TrustedCaRow,
            "select id, fingerprint, certificate from trusted_cas where id = $1",
            id.as_str()
        )?
        .map(TrustedCa::try_from)
        .transpose()
    }

    /// All, oldest first.
    pub async fn list_trusted_cas(&mut self) -> Result<Vec<TrustedCa>> {
        fetch_all!(self, "list the trusted CAs", TrustedCaRow, "select id, fingerprint, certificate from trusted_cas order by id")?
            .into_iter()
            .map(TrustedCa::try_from)
            .collect()
    }
}

impl Tx {
    /// Adds one unless its certificate is there already; answers whether it was added.
    pub async fn insert_trusted_ca(&mut self, ca: &TrustedCa, by: &str, now: i64) -> Result<bool> {
        let touched = execute!(
            self,
            "add a trusted CA",
            "insert into trusted_cas (id, fingerprint, certificate, added_by, added_at) values ($1, $2, $3, $4, $5) \
             on conflict (fingerprint) do nothing",
            ca.id.as_str(),
            ca.fingerprint.as_str(),
            ca.certificate.as_str(),
            by,
            now
        )?;
        Ok(touched > 0)
    }

    /// Deletes one.
    pub async fn delete_trusted_ca(&mut self, id: &TrustedCaId) -> Result<()> {
        execute!(self, "delete a trusted CA", "delete from trusted_cas where id = $1", id.as_str())?;
        Ok(())
    }
}
