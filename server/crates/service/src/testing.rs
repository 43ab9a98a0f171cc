//! Tests of what is being edited: Test Connection on Data Store and Target, and Try on a mapping.
use crate::{Result, Service};
use domain::form::Fields;
use domain::model::report::Report;
use domain::wizard::draft::Draft;
use domain::wizard::path::Path;
impl Service {
    pub(crate) async fn test(&self, _: &Draft, _: &Path, _: &Fields) -> Result<Report> {
        Ok(Report::default())
    }
}
