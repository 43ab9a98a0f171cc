//! Previews: what a cycle would do, with what is saved or with what is being edited. Nothing is changed by looking.

use crate::{Result, Service, ServiceError};
use domain::actor::Actor;
use domain::id::{ChannelId, DraftId, SourceId};
use domain::model::channel::Channel;
use domain::model::link::ObjectKind;
use domain::model::plan::{Action, Op, Plan, Value};
use domain::model::sp_connection::SpConnection;
use domain::wizard::draft::DraftBody;
use domain::wizard::path::Path;
use std::collections::{BTreeSet, HashMap};

/// What a cycle would do, and what is needed to show it.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The channel it is of, as previewed.
    pub channel: Channel,
    /// The plan.
    pub plan: Plan,
    /// Names of the people whom operations mention by source id: members, and whom values refer to.
    pub names: HashMap<SourceId, String>,
}

impl Service {
    /// What a cycle would do now, with the saved configuration.
    pub async fn preview_channel(&self, actor: &Actor, id: &ChannelId) -> Result<Preview> {
        self.require(actor)?;
        let (connection, channel) = self.saved(&mut self.store.read().await?, id).await?;
        self.preview(&connection, channel).await
    }

    /// What a cycle would do with what is in a draft; `path` is that of a tab of the channel or of a task inside it.
    pub async fn preview_draft(&self, actor: &Actor, id: &DraftId, path: &str) -> Result<Preview> {
        let path = Path::parse(path).ok_or(ServiceError::NotFound)?;
        let (_, mut draft) = self.load(actor, id).await?;
        let keys: Vec<String> = path.tasks().map(|(_, key)| key.to_owned()).collect();
        let [_, channel, ..] = keys.as_slice() else { return Err(ServiceError::NotFound) };
        let catalog = self.catalog(&mut self.store.read().await?, &draft).await?;
        // What belongs to other channels, or to sign-on, does not matter here.
        let concerns = |at: &Path| {
            let keys: Vec<&str> = at.tasks().map(|(_, key)| key).collect();
            (keys.len() == 1 && at.tab() == "target") || keys.get(1) == Some(&channel.as_str())
        };
        let rules = self.rules(&draft);
        let problems = draft.all_problems(&catalog, &rules);
        if let Some((_, problems)) = problems.into_iter().find(|(at, _)| concerns(at)) {
            let first = problems.0.into_iter().next().map_or_else(String::new, |p| p.message);
            return Err(ServiceError::refused(format!("There is nothing to preview before everything is entered. {first}")));
        }
        let DraftBody::SpConnection(connection) = &draft.body else { return Err(ServiceError::NotFound) };
        let channel = connection.provisioning.channels.iter().find(|c| c.id.as_str() == channel).ok_or(ServiceError::NotFound)?;
        self.preview(connection, channel.clone()).await
    }

    async fn preview(&self, connection: &SpConnection, channel: Channel) -> Result<Preview> {
        let runner = self.runner().ok_or_else(|| ServiceError::refused("Provisioning is off on this server (provisioner.mode)."))?;
        let plan = runner.preview(connection, &channel).await?;
        let mut names: HashMap<SourceId, String> = HashMap::new();
        let ops = || plan.ops.iter().chain(plan.held.iter().flat_map(|held| &held.ops));
        let mentioned: BTreeSet<SourceId> = ops().flat_map(mentions).collect();
        let known: Vec<_> = ops().filter(|op| op.object.kind == ObjectKind::User).map(|op| &op.object).collect();
        names.extend(known.into_iter().filter(|o| mentioned.contains(&o.source_id)).map(|o| (o.source_id.clone(), o.name.clone())));
        let unknown: Vec<SourceId> = mentioned.into_iter().filter(|id| !names.contains_key(id)).collect();
        if !unknown.is_empty() {
            let mut conn = self.store.read().await?;
            for ids in unknown.chunks(1_000) {
                names.extend(conn.load_names(&channel.id, ObjectKind::User, ids).await?);
            }
        }
        Ok(Preview { channel, plan, names })
    }
}

/// People whom an operation mentions by source id.
fn mentions(op: &Op) -> Vec<SourceId> {
    let person = |value: &Value| match value {
        Value::Ref(id) => Some(id.clone()),
        Value::Text(_) => None,
    };
    match &op.action {
        Action::AddMembers { members } | Action::RemoveMembers { members } => members.clone(),
        Action::Update { changes } => changes.iter().flat_map(|c| [&c.from, &c.to]).flatten().filter_map(person).collect(),
        Action::Create { .. } => op.after.values.values().filter_map(person).collect(),
        _ => Vec::new(),
    }
}
