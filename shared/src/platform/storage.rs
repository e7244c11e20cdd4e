//! File storage on S3 or R2.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{
    BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation, timeout::TimeoutConfig,
};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use crate::config;
use crate::error::{Error, Failure, Result, Service};
use crate::message;
use crate::platform::standing::{Standing, Trouble};
use crate::types::*;

/// Bytes of a part of a multipart upload, and so what one upload holds in memory. R2 wants all
/// parts but the last of the same size, S3 at least 5 MiB.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// What our calls need of the access key, as an alarm names it.
const READ: &str = "read objects";
const WRITE: &str = "write objects";
const DELETE: &str = "delete objects";
/// The key of an object that nobody makes.
const NO_OBJECT: &str = "doctor/nothing";
/// How long a question about an object may take: a person waits for the answer.
const HEAD_TIMEOUT: Duration = Duration::from_secs(2);

/// The bucket.
#[derive(Debug, Clone)]
pub struct Storage {
    client: Client,
    /// Signs URLs for the address that customers reach.
    public: Client,
    bucket: String,
    standing: Standing,
}

/// What arrived in an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// Bytes counted.
    pub size: i64,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
}

impl Storage {
    /// Builds the clients; sends nothing.
    pub fn new(config: &config::Storage) -> Self {
        let public = if config.public_endpoint.is_empty() { &config.endpoint } else { &config.public_endpoint };
        Self {
            client: client(config, &config.endpoint),
            public: client(config, public),
            bucket: config.bucket.clone(),
            standing: Standing::default(),
        }
    }

    /// The same client, which notes how the access key and the bucket are taken.
    pub fn noting(self, standing: &Standing) -> Self {
        Self { standing: standing.clone(), ..self }
    }

    /// Uploads a stream under `key`, counting and hashing as it passes; holds 8 MiB at most.
    /// Refuses an empty stream, and one longer than `max_bytes` as soon as it is.
    pub async fn upload(
        &self,
        key: &str,
        content_type: &str,
        max_bytes: u64,
        body: impl Stream<Item = Result<Bytes>> + Send,
    ) -> Result<Uploaded> {
        let mut body = std::pin::pin!(body);
        let mut hash = Sha256::new();
        let mut size: u64 = 0;
        let mut buffer = BytesMut::new();
        let mut multipart: Option<Multipart> = None;
        let streamed: Result<()> = async {
            while let Some(chunk) = body.next().await {
                let chunk = chunk?;
                size += chunk.len() as u64;
                if size > max_bytes {
                    return Err(too_large(max_bytes));
                }
                hash.update(&chunk);
                buffer.extend_from_slice(&chunk);
                while buffer.len() > PART_BYTES {
                    let upload = match &mut multipart {
                        Some(upload) => upload,
                        None => multipart.insert(Multipart::start(self, key, content_type).await?),
                    };
                    upload.part(self, key, buffer.split_to(PART_BYTES).freeze()).await?;
                }
            }
            if size == 0 {
                return Err(Error::Rejected(message!("file-is-empty")));
            }
            match &mut multipart {
                Some(upload) => {
                    upload.part(self, key, buffer.split().freeze()).await?;
                    upload.complete(self, key).await
                }
                None => self
                    .client
                    .put_object()
                    .bucket(&self.bucket)
                    .key(key)
                    .content_type(content_type)
                    .body(buffer.split().freeze().into())
                    .send()
                    .await
                    .map(drop)
                    .map_err(outside),
            }
        }
        .await;
        self.note(WRITE, &streamed);
        if let Err(error) = streamed {
            if let Some(upload) = multipart {
                upload.abort(self, key).await;
            }
            return Err(error);
        }
        Ok(Uploaded { size: i64::try_from(size).unwrap_or(i64::MAX), sha256: hex::encode(hash.finalize()) })
    }

    /// A presigned URL that downloads an object as `file_name` until `expires_in` after `now`.
    /// Signed locally: no request is made, and the object need not exist.
    pub async fn presigned_get(&self, key: &str, file_name: &str, expires_in: Duration, now: Timestamp) -> Result<String> {
        let start = std::time::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or(0));
        let config = PresigningConfig::builder()
            .start_time(start)
            .expires_in(expires_in)
            .build()
            .map_err(|error| Error::Fault(format!("presigning: {error}")))?;
        let request = self
            .public
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .response_content_disposition(attachment(file_name))
            .presigned(config)
            .await
            .map_err(outside)?;
        Ok(request.uri().to_owned())
    }

    /// Whether an object is there. Answers within two seconds.
    pub async fn exists(&self, key: &str) -> Result<bool> {
        let head = self.client.head_object().bucket(&self.bucket).key(key).send();
        let answer = match tokio::time::timeout(HEAD_TIMEOUT, head).await {
            Ok(Ok(_)) => Ok(true),
            Ok(Err(error)) if error.as_service_error().is_some_and(|error| error.is_not_found()) => Ok(false),
            Ok(Err(error)) => Err(outside(error)),
            Err(_) => Err(no_answer()),
        };
        // That an object is not there may also mean that the bucket is not.
        if !matches!(answer, Ok(false)) {
            self.note(READ, &answer);
        }
        answer
    }

    /// Reads a whole object of at most `max_bytes`.
    pub async fn get(&self, key: &str, max_bytes: usize) -> Result<Bytes> {
        let answer = self.client.get_object().bucket(&self.bucket).key(key).send().await.map_err(outside);
        self.note(READ, &answer);
        let mut answer = answer?;
        let mut bytes = BytesMut::new();
        while let Some(chunk) = answer.body.next().await {
            let broke_off = |_| Error::away(Service::Storage, "the answer broke off");
            bytes.extend_from_slice(&chunk.map_err(broke_off)?);
            if bytes.len() > max_bytes {
                return Err(Error::Fault(format!("{key} is longer than {max_bytes} bytes")));
            }
        }
        Ok(bytes.freeze())
    }

    /// Deletes an object; one that is not there is no error.
    pub async fn delete(&self, key: &str) -> Result<()> {
        let answer = self.client.delete_object().bucket(&self.bucket).key(key).send().await.map(drop).map_err(outside);
        self.note(DELETE, &answer);
        answer
    }

    /// Whether the bucket answers, within two seconds.
    pub async fn ping(&self) -> Result<()> {
        match tokio::time::timeout(HEAD_TIMEOUT, self.client.head_bucket().bucket(&self.bucket).send()).await {
            Ok(answer) => answer.map(drop).map_err(outside),
            Err(_) => Err(no_answer()),
        }
    }

    /// Whether the bucket answers, and else why not: the answer to a ping has no body, and so no word for it. Within
    /// four seconds.
    pub async fn examine(&self) -> Result<()> {
        let pinged = self.ping().await;
        let answer = match pinged.as_ref().map_err(Error::failure) {
            Ok(()) | Err(Some(Failure::Away) | None) => pinged,
            Err(Some(Failure::Credentials | Failure::Permission | Failure::Gone | Failure::Refused)) => {
                let get = self.client.get_object().bucket(&self.bucket).key(NO_OBJECT).send();
                match tokio::time::timeout(HEAD_TIMEOUT, get).await {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) => match outside(error) {
                        // The key may read the bucket after all, if not list it.
                        Error::Outside { code, .. } if code == "NoSuchKey" => Ok(()),
                        refused => Err(refused),
                    },
                    Err(_) => Err(no_answer()),
                }
            }
        };
        self.note(READ, &answer);
        answer
    }

    /// Notes whether the access key and the bucket are taken.
    fn note<T>(&self, access: &'static str, answer: &Result<T>) {
        match answer {
            Ok(_) => {
                for trouble in [Trouble::StorageKey, Trouble::StorageBucket, Trouble::Clock] {
                    self.standing.taken(trouble, "");
                }
                self.standing.taken(Trouble::StorageAccess, access);
            }
            Err(Error::Outside { service: Service::Storage, failure, code, detail, .. }) if *failure != Failure::Away => {
                match Trouble::of_storage_code(code) {
                    Some(trouble @ (Trouble::StorageKey | Trouble::StorageBucket | Trouble::Clock)) => {
                        self.standing.refused(trouble, "", code);
                    }
                    Some(_) | None if code == "NoSuchKey" => {}
                    Some(_) | None => self.standing.refused(Trouble::StorageAccess, access, detail),
                }
            }
            Err(_) => {}
        }
    }
}

/// The sentence for a file over the limit.
pub fn too_large(max_bytes: u64) -> Error {
    Error::Rejected(message!("file-is-too-large", mebibytes = i64::try_from(max_bytes / (1024 * 1024)).unwrap_or(i64::MAX)))
}

struct Multipart {
    upload_id: String,
    parts: Vec<CompletedPart>,
}

impl Multipart {
    async fn start(storage: &Storage, key: &str, content_type: &str) -> Result<Self> {
        let started = storage
            .client
            .create_multipart_upload()
            .bucket(&storage.bucket)
            .key(key)
            .content_type(content_type)
            .send()
            .await
            .map_err(outside)?;
        let upload_id = started.upload_id.ok_or_else(|| Error::Fault("a multipart upload without an id".into()))?;
        Ok(Self { upload_id, parts: Vec::new() })
    }

    async fn part(&mut self, storage: &Storage, key: &str, bytes: Bytes) -> Result<()> {
        let number = i32::try_from(self.parts.len() + 1).unwrap_or(i32::MAX);
        let sent = storage
            .client
            .upload_part()
            .bucket(&storage.bucket)
            .key(key)
            .upload_id(&self.upload_id)
            .part_number(number)
            .body(bytes.into())
            .send()
            .await
            .map_err(outside)?;
        self.parts.push(CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).build());
        Ok(())
    }

    async fn complete(&mut self, storage: &Storage, key: &str) -> Result<()> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(std::mem::take(&mut self.parts))).build();
        storage
            .client
            .complete_multipart_upload()
            .bucket(&storage.bucket)
            .key(key)
            .upload_id(&self.upload_id)
            .multipart_upload(parts)
            .send()
            .await
            .map(drop)
            .map_err(outside)
    }

    /// Drops what was sent. Should this fail, the bucket's own rule for unfinished uploads does it.
    async fn abort(self, storage: &Storage, key: &str) {
        let aborted = storage.client.abort_multipart_upload().bucket(&storage.bucket).key(key).upload_id(self.upload_id).send().await;
        if let Err(error) = aborted {
            tracing::warn!(error = %outside(error), "an unfinished upload stays behind");
        }
    }
}

fn client(config: &config::Storage, endpoint: &str) -> Client {
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let credentials =
        Credentials::new(config.access_key_id.expose_secret(), config.secret_access_key.expose_secret(), None, None, "config");
    // R2 has refused the SDK's default checksums: only what the protocol requires is sent.
    let settings = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new(config.region.clone()))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .credentials_provider(credentials)
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .timeout_config(
            TimeoutConfig::builder().connect_timeout(Duration::from_secs(3)).operation_attempt_timeout(Duration::from_secs(120)).build(),
        )
        .build();
    Client::from_conf(settings)
}

/// `attachment` with an ASCII name for old readers and the real one by RFC 6266.
fn attachment(file_name: &str) -> String {
    let ascii: String = file_name.chars().map(|c| if c.is_ascii_alphanumeric() || "._- ".contains(c) { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in file_name.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            encoded.push(byte as char);
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

fn no_answer() -> Error {
    Error::away(Service::Storage, "no answer in time")
}

/// Says what happened by the error's code alone: its text may quote a signed request.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
fn outside<E: ProvideErrorMetadata>(error: SdkError<E>) -> Error {
    let away = |detail| Error::away(Service::Storage, detail);
    let answer = match &error {
        SdkError::ServiceError(answer) => answer,
        SdkError::TimeoutError(_) => return away("no answer in time"),
        SdkError::DispatchFailure(_) => return away("no connection"),
        SdkError::ResponseError(_) => return away("an answer that cannot be read"),
        _ => return Error::outside(Service::Storage, Failure::Refused, "the request could not be built"),
    };
    let (code, status) = (answer.err().code().unwrap_or_default(), answer.raw().status().as_u16());
    let failure = match (code, status) {
        ("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "RequestTimeTooSkewed" | "Unauthorized", _) | (_, 401) => Failure::Credentials,
        // The answer to a HEAD has no body, and so no code.
        ("AccessDenied", _) | (_, 403) => Failure::Permission,
        ("NoSuchBucket" | "NoSuchKey" | "NotFound", _) | (_, 404) => Failure::Gone,
        (_, 400..=499) if !matches!(status, 408 | 409 | 429) && !matches!(code, "RequestTimeout" | "SlowDown") => Failure::Refused,
        _ => Failure::Away,
    };
    let detail = if code.is_empty() { format!("status {status}") } else { code.to_owned() };
    Error::Outside { service: Service::Storage, failure, code: code.to_owned(), param: String::new(), detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_keeps_its_name_and_nothing_else() {
        assert_eq!(attachment("dragon v2.zip"), "attachment; filename=\"dragon v2.zip\"; filename*=UTF-8''dragon%20v2.zip");
        assert_eq!(
            attachment("龍\".zip\r\nX: y"),
            "attachment; filename=\"__.zip__X_ y\"; filename*=UTF-8''%E9%BE%8D%22.zip%0D%0AX%3A%20y"
        );
    }
}
