//! How the database keeps who acted.

use super::By;
use crate::platform::db::column;

column!(By, String, |by| by.to_string(), |text| By::parse(&text).ok_or_else(|| format!("unknown actor `{text}`").into()));
