//! Connectors.

use super::drafts::go;
use super::words::count;
use super::{Ports, refuse};
use app::backend::{Connectors, Then};
use app::error::AppError;
use app::routes::Page;
use app::views::connectors::{ConnectorRow, ConnectorsPage, RefusedView};
use async_trait::async_trait;
use domain::actor::Actor;
use domain::id::{ConnectionId, ConnectorId};
use domain::model::connector::Proof;
use service::connectors::{ConnectorGlance, RefusedConnector, Source};

#[async_trait]
impl Connectors for Ports {
    async fn list(&self, actor: &Actor) -> Result<ConnectorsPage, AppError> {
        let glance = self.service.list_connectors(actor).await.map_err(refuse)?;
        Ok(ConnectorsPage {
            rows: glance.connectors.into_iter().map(row).collect(),
            refused: glance.refused.map(refused),
            folder: glance.folder.unwrap_or_default(),
            folder_refused: glance.folder_refused.into_iter().map(refused).collect(),
        })
    }

    async fn upload(&self, actor: &Actor, file: &[u8]) -> Result<Then, AppError> {
        self.service.upload_connector(actor, file).await.map_err(refuse)?;
        Ok(Then::Go(Page::Connectors.href()))
    }

    async fn forget(&self, actor: &Actor) -> Result<(), AppError> {
        self.service.forget_refused_connector(actor).map_err(refuse)
    }

    async fn read_folder(&self, actor: &Actor) -> Result<(), AppError> {
        self.service.read_connector_folder_for(actor).await.map(drop).map_err(refuse)
    }

    async fn delete(&self, actor: &Actor, id: &ConnectorId, version: &str) -> Result<(), AppError> {
        self.service.delete_connector(actor, id, version).await.map_err(refuse)
    }

    async fn move_connection(&self, actor: &Actor, id: &ConnectionId) -> Result<Then, AppError> {
        self.service.move_to_newest_connector(actor, id).await.map(go).map_err(refuse)
    }
}

fn row(glance: ConnectorGlance) -> ConnectorRow {
    let ConnectorGlance { id, version, installed, newer, users, named } = glance;
    let warning = match (&installed, &newer) {
        (Some(_), _) => String::new(),
        (None, Some(newer)) => format!("Not installed any more: its connections use version {newer} meanwhile."),
        (None, None) => "Not installed any more: channels of its connections do not run.".to_owned(),
    };
    let source = match installed.as_ref().map(|found| found.source) {
        Some(Source::BuiltIn) => "Built in",
        Some(Source::Uploaded) => "Uploaded",
        Some(Source::Folder) => "From the folder",
        None => "Gone",
    };
    let connector = installed.as_ref().map(|found| &found.connector);
    let proof = match connector.map_or(Proof::Unknown, |connector| connector.proof) {
        Proof::Servers => "Real servers",
        Proof::Emulation => "An emulation",
        Proof::Documents => "Documents only: never run against the service",
        // A file from before there were kinds of proof.
        Proof::Unknown if connector.is_some_and(|connector| !connector.proven.is_empty()) => "",
        Proof::Unknown => "Not known",
    };
    ConnectorRow {
        proof: proof.to_owned(),
        proven: connector.map(|connector| connector.proven.clone()).unwrap_or_default(),
        source: source.to_owned(),
        is_added: installed.as_ref().is_some_and(|found| found.source != Source::BuiltIn),
        used_by: if users > 0 { count(users, "connection", "connections") } else { String::new() },
        more: match users as usize - named.len() {
            0 => String::new(),
            more => format!("and {more} more"),
        },
        named: named.into_iter().map(|used| (used.connection, used.name)).collect(),
        name: connector.map_or_else(|| id.to_string(), |connector| connector.name.clone()),
        id,
        version,
        warning,
        newer,
    }
}

fn refused(refused: RefusedConnector) -> RefusedView {
    let problems = refused
        .problems
        .into_iter()
        .map(|problem| (problem.line.map_or_else(|| "–".to_owned(), |line| line.to_string()), problem.text, problem.message));
    RefusedView { problems: problems.collect(), file: refused.file, text: refused.text }
}
