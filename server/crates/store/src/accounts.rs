//! Accounts of the console.

use crate::{Conn, Result, StoreError, Tx};
use domain::id::AccountId;
use domain::secret::Secret;
use sqlx::FromRow;

/// An administrator's account. Times are unix milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Unique, whatever its case.
    pub username: String,
    /// In PHC text form; made and checked by the caller.
    pub password_hash: Secret,
    /// The password was given by somebody else and must be changed at the next sign-in.
    pub must_change: bool,
    /// May not sign in.
    pub disabled: bool,
    /// Made.
    pub created_at: i64,
    /// Last changed.
    pub updated_at: i64,
}

#[derive(FromRow)]
struct AccountRow {
    id: String,
    username: String,
    password_hash: String,
    must_change: i64,
    disabled: i64,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;
    fn try_from(row: AccountRow) -> Result<Self> {
        Ok(Self {
            id: AccountId::parse(&row.id).map_err(|e| StoreError::corrupt("accounts", &row.id, e))?,
            username: row.username,
            password_hash: Secret::new(row.password_hash),
            must_change: row.must_change != 0,
            disabled: row.disabled != 0,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl Conn {
    /// The account of an id.
    pub async fn find_account(&mut self, id: &AccountId) -> Result<Option<Account>> {
        fetch_optional!(self, "read an account", AccountRow, "select * from accounts where id = $1", id.as_str())?
            .map(Account::try_from)
            .transpose()
    }

    /// The account of a name, whatever its case.
    pub async fn find_account_by_username(&mut self, username: &str) -> Result<Option<Account>> {
        fetch_optional!(self, "read an account", AccountRow, "select * from accounts where lower(username) = lower($1)", username)?
            .map(Account::try_from)
            .transpose()
    }

    /// All accounts by name.
    pub async fn list_accounts(&mut self) -> Result<Vec<Account>> {
        fetch_all!(self, "list the accounts", AccountRow, "select * from accounts order by lower(username)")?
            .into_iter()
            .map(Account::try_from)
            .collect()
    }
}

impl Tx {
    /// A new account; [`StoreError::Taken`] `username` when there is one of that name.
    pub async fn insert_account(&mut self, account: &Account) -> Result<()> {
        execute!(
            self,
            "add an account",
            "insert into accounts (id, username, password_hash, must_change, disabled, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7)",
            account.id.as_str(),
            account.username.as_str(),
            account.password_hash.expose(),
            i64::from(account.must_change),
            i64::from(account.disabled),
            account.created_at,
            account.updated_at,
        )?;
        Ok(())
    }

    /// Changes everything but the id and when it was made.
    pub async fn update_account(&mut self, account: &Account) -> Result<()> {
        let touched = execute!(
            self,
            "change an account",
            "update accounts set username = $2, password_hash = $3, must_change = $4, disabled = $5, updated_at = $6 where id = $1",
            account.id.as_str(),
            account.username.as_str(),
            account.password_hash.expose(),
            i64::from(account.must_change),
            i64::from(account.disabled),
            account.updated_at,
        )?;
        if touched == 0 { Err(StoreError::Gone { doing: "change an account" }) } else { Ok(()) }
    }

    /// Removes an account and ends its sessions.
    pub async fn delete_account(&mut self, id: &AccountId) -> Result<()> {
        self.delete_sessions_of(id).await?;
        execute!(self, "delete an account", "delete from accounts where id = $1", id.as_str())?;
        Ok(())
    }
}
