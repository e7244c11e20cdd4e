//! The statuses as columns.

use super::{DisputeStatus, RefundStatus};
use crate::platform::db::word_columns;

word_columns!(RefundStatus, DisputeStatus);
