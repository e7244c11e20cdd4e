//! The bucket: one object goes in, comes back, is downloaded, and is deleted again.

use std::time::Duration;

use shared::platform::clock::Clock;
use shared::platform::sealing;
use shared::platform::standing::Trouble;
use shared::platform::storage::Storage;
use shared::texts::Language;

use super::findings::{Doctor, Says, detail, download, quoted, timed};

impl Doctor {
    /// Asks for the bucket; returns whether it is there.
    pub(super) async fn bucket(&mut self, storage: &Storage) -> bool {
        const BUCKET: &str = "storage bucket";
        let bucket = quoted(&self.config.storage.bucket);
        match storage.examine().await {
            Ok(()) => self.good(BUCKET, &format!("{bucket} is there")),
            Err(error) => {
                let what = format!("the storage does not tell of the bucket {bucket} ({})", detail(&error));
                let untried = if self.says == Says::Printed { "; put, get, presigned URL and delete were not tried" } else { "" };
                self.bad(BUCKET, &what, &format!("{}{untried}", storage_advice(&detail(&error))));
                return false;
            }
        }
        true
    }

    pub(super) async fn storage(&mut self) {
        const PUT: &str = "storage put";
        const GET: &str = "storage get";
        const PRESIGNED: &str = "presigned URL";
        const DELETE: &str = "storage delete";
        let storage = Storage::new(&self.config.storage);
        if !self.bucket(&storage).await {
            return;
        }
        let mut random = [0; 16];
        if let Err(error) = sealing::fill(&mut random) {
            return self.bad(PUT, &error.to_string(), "this machine gives no randomness: nothing can be sealed either");
        }
        let hexadecimal: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let key = format!("doctor/{hexadecimal}");
        let content = bytes::Bytes::from(format!("written by atelier doctor, to be deleted at once: {hexadecimal}"));
        let upload = storage.upload(&key, "text/plain", 1024, futures::stream::iter([Ok(content.clone())]));
        let put = timed(upload).await;
        match &put {
            Ok(_) => {
                self.good(PUT, &format!("an object of {} bytes arrived", content.len()));
                match timed(storage.get(&key, 1024)).await {
                    Ok(found) if found == content => self.good(GET, "the same bytes came back"),
                    Ok(_) => {
                        self.bad(GET, "other bytes came back", "storage.endpoint is not an S3 API, or something between alters answers")
                    }
                    Err(error) => self.bad(GET, &detail(&error), &storage_advice(&detail(&error))),
                }
                self.presigned(PRESIGNED, &storage, &key, &content).await;
            }
            Err(error) => {
                self.bad(PUT, &detail(error), &storage_advice(&detail(error)));
                self.notice(PRESIGNED, "not tried, nor get: there is no object", "mend storage put first");
            }
        }
        // Also after a failed upload: it may have arrived without its answer.
        let deleted = timed(async {
            storage.delete(&key).await?;
            storage.exists(&key).await
        });
        match (deleted.await, put.is_ok()) {
            (Ok(false), true) => self.good(DELETE, "the object is gone again"),
            (Ok(true), _) => self.bad(
                DELETE,
                &format!("{key} is still there"),
                "delete it yourself, and give the access key the right to delete objects",
            ),
            (Err(error), true) => {
                let what = format!("{}; {key} stays behind", detail(&error));
                self.bad(DELETE, &what, "delete it yourself, and give the access key the right to delete objects");
            }
            (Ok(false) | Err(_), false) => self.notice(DELETE, "not tried: there is no object", "mend storage put first"),
        }
    }

    /// Downloads the object as a customer would, and tries it without the signature as a stranger.
    async fn presigned(&mut self, name: &str, storage: &Storage, key: &str, content: &[u8]) {
        let now = Clock::System.now();
        let url = match storage.presigned_get(key, "doctor.txt", Duration::from_secs(60), now).await {
            Ok(url) => url,
            Err(error) => return self.bad(name, &detail(&error), &storage_advice(&detail(&error))),
        };
        let endpoint = match self.config.storage.public_endpoint.as_str() {
            "" => "storage.endpoint",
            _ => "storage.public_endpoint",
        };
        match timed(download(&url)).await {
            Ok((200, body)) if body == content => {}
            Ok((200, _)) => {
                return self.bad(name, "it leads to other bytes", &format!("check {endpoint}: it is not the S3 API of the bucket"));
            }
            Ok((status, _)) => {
                let advice = format!("check {endpoint}, storage.region and this machine's clock");
                return self.bad(name, &format!("the storage answers it with status {status}"), &advice);
            }
            Err(error) => {
                let advice = format!("check {endpoint}: customers download from there, and this machine cannot");
                return self.bad(name, &detail(&error), &advice);
            }
        }
        let unsigned = url.split('?').next().unwrap_or_default();
        match timed(download(unsigned)).await {
            Ok((200, _)) => self.bad(
                name,
                "it works, and so does the address without a signature: the bucket is public",
                "make the bucket private (no public access, no r2.dev address), or files cost nothing",
            ),
            _ => self.good(name, "it leads to the object, and without its signature to nothing"),
        }
    }
}

fn storage_advice(detail: &str) -> String {
    match (Trouble::of_storage_code(detail), detail) {
        (Some(trouble), _) => trouble.advice().to(Language::English),
        (None, "no connection" | "no answer in time") => "check storage.endpoint and the network".into(),
        (None, _) => "check storage.endpoint, storage.region, storage.bucket and the access key".into(),
    }
}
