//! The pages of a sandbox, where the server is one.

use crate::sandbox::Pages;
use app::backend::{Sandbox, Then};
use app::error::AppError;
use app::views::sandbox::SandboxPage;
use async_trait::async_trait;
use domain::actor::Actor;
use domain::form::Fields;

#[async_trait]
impl Sandbox for Pages {
    async fn show(&self, actor: &Actor, path: &str, query: &str) -> Result<SandboxPage, AppError> {
        self.page(actor, path, query).await
    }

    async fn act(&self, actor: &Actor, path: &str, fields: Fields) -> Result<Then, AppError> {
        self.post(actor, path, fields).await
    }

    async fn file(&self, actor: &Actor, path: &str) -> Result<(String, String, String), AppError> {
        self.download(actor, path)
    }
}
