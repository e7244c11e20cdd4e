//! The bucket: files in a folder, and what the folder's server leaves out.

use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use s3s::auth::{S3Auth, SecretKey, SimpleAuth};
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;

use super::cors::{Cors, CorsRule};
use super::keys::{Condition, Keys, Page, Stored};

pub(super) struct Bucket {
    /// Has each object under the name of its file.
    pub files: FileSystem,
    pub folder: PathBuf,
    pub keys: Keys,
    pub cors: Cors,
}

/// The one access key.
pub(super) struct Access(pub SimpleAuth);

#[async_trait::async_trait]
impl S3Auth for Access {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let unknown = |_| s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records.");
        self.0.get_secret_key(access_key).await.map_err(unknown)
    }
}

#[async_trait::async_trait]
impl S3 for Bucket {
    async fn get_object(&self, mut request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = &mut request.input;
        let dates = Dates { modified: input.if_modified_since.take(), unmodified: input.if_unmodified_since.take() };
        let stored = self.get(&input.bucket, &input.key, &input.if_match, &input.if_none_match, &dates)?;
        input.key = stored.file;
        self.files.get_object(request).await
    }

    async fn head_object(&self, mut request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = &mut request.input;
        let dates = Dates { modified: input.if_modified_since.take(), unmodified: input.if_unmodified_since.take() };
        let stored = self.get(&input.bucket, &input.key, &input.if_match, &input.if_none_match, &dates)?;
        input.key = stored.file;
        self.files.head_object(request).await
    }

    async fn put_object(&self, mut request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let input = &mut request.input;
        is_known(&input.bucket)?;
        // The conditions are about the key, of which the folder knows nothing.
        let condition = Condition { matches: input.if_match.take(), matches_not: input.if_none_match.take() };
        self.keys.check(&input.key, &condition)?;
        let file = self.keys.name_file();
        let key = std::mem::replace(&mut input.key, file.clone());
        let about = about(&request, &file);
        let answer = self.files.put_object(request).await.inspect_err(|_| self.discard(&file))?;
        self.keep(about, &key, &condition).await?;
        Ok(answer)
    }

    async fn copy_object(&self, mut request: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        is_known(&request.input.bucket)?;
        let (from, source) = self.source(&request.input.copy_source)?;
        let replaces = request.input.metadata_directive.as_ref().is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
        if from == request.input.key && !replaces {
            let message = "This copy request is illegal because it is trying to copy an object to itself without changing the object's \
                           metadata, storage class, website redirect location or encryption attributes.";
            return Err(s3_error!(InvalidRequest, "{}", message));
        }
        let file = self.keys.name_file();
        let key = std::mem::replace(&mut request.input.key, file.clone());
        request.input.copy_source = source;
        let about = about(&request, &file);
        let answer = self.files.copy_object(request).await.inspect_err(|_| self.discard(&file))?;
        self.keep(about, &key, &Condition::default()).await?;
        Ok(answer)
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        is_known(&request.input.bucket)?;
        self.remove(&request.input.key);
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn delete_objects(&self, request: S3Request<DeleteObjectsInput>) -> S3Result<S3Response<DeleteObjectsOutput>> {
        is_known(&request.input.bucket)?;
        let Delete { objects, quiet } = request.input.delete;
        if objects.is_empty() || objects.len() > 1000 {
            return Err(malformed());
        }
        let mut deleted = Vec::new();
        for object in objects {
            self.remove(&object.key);
            deleted.push(DeletedObject { key: Some(object.key), ..DeletedObject::default() });
        }
        let deleted = (quiet != Some(true)).then_some(deleted);
        Ok(S3Response::new(DeleteObjectsOutput { deleted, ..DeleteObjectsOutput::default() }))
    }

    async fn list_objects(&self, request: S3Request<ListObjectsInput>) -> S3Result<S3Response<ListObjectsOutput>> {
        let input = request.input;
        is_known(&input.bucket)?;
        let names = Names::new(input.encoding_type.as_ref())?;
        let most = page_size(input.max_keys)?;
        let page = self.page(input.prefix.as_deref(), input.delimiter.as_deref(), input.marker.as_deref(), most);
        let next_marker = page.more_after.as_deref().map(|name| names.write(name));
        Ok(S3Response::new(ListObjectsOutput {
            is_truncated: Some(next_marker.is_some()),
            contents: names.objects(&page),
            common_prefixes: names.folded(&page),
            // Without a delimiter the last key is to be taken for it.
            next_marker: next_marker.filter(|_| input.delimiter.is_some()),
            name: Some(input.bucket),
            prefix: Some(names.write(input.prefix.as_deref().unwrap_or_default())),
            delimiter: input.delimiter.as_deref().map(|text| names.write(text)),
            marker: Some(names.write(input.marker.as_deref().unwrap_or_default())),
            max_keys: Some(most),
            encoding_type: input.encoding_type,
            ..ListObjectsOutput::default()
        }))
    }

    async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        is_known(&input.bucket)?;
        let names = Names::new(input.encoding_type.as_ref())?;
        let most = page_size(input.max_keys)?;
        let after = match input.continuation_token.as_deref() {
            None => input.start_after.clone(),
            Some(token) => Some(read_token(token)?),
        };
        let page = self.page(input.prefix.as_deref(), input.delimiter.as_deref(), after.as_deref(), most);
        let given = page.objects.len() + page.folded.len();
        Ok(S3Response::new(ListObjectsV2Output {
            is_truncated: Some(page.more_after.is_some()),
            contents: names.objects(&page),
            common_prefixes: names.folded(&page),
            next_continuation_token: page.more_after.map(|name| BASE64_URL_SAFE_NO_PAD.encode(name)),
            key_count: i32::try_from(given).ok(),
            name: Some(input.bucket),
            prefix: Some(names.write(input.prefix.as_deref().unwrap_or_default())),
            delimiter: input.delimiter.as_deref().map(|text| names.write(text)),
            start_after: input.start_after.as_deref().map(|text| names.write(text)),
            continuation_token: input.continuation_token,
            max_keys: Some(most),
            encoding_type: input.encoding_type,
            ..ListObjectsV2Output::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        mut request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        is_known(&request.input.bucket)?;
        let file = self.keys.name_file();
        let key = std::mem::replace(&mut request.input.key, file.clone());
        let mut answer = self.files.create_multipart_upload(request).await?;
        self.keys.begin(answer.output.upload_id.as_deref().unwrap_or_default(), &key, &file);
        answer.output.key = Some(key);
        Ok(answer)
    }

    async fn upload_part(&self, request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        let (id, key, number) = (request.input.upload_id.clone(), request.input.key.clone(), request.input.part_number);
        self.check_upload(&request.input.bucket, &id, &key, number)?;
        let digest = request.input.content_md5.clone();
        let about = parts_of(&request, &id);
        let answer = self.files.upload_part(request).await?;
        let e_tag = answer.output.e_tag.clone().ok_or_else(|| s3_error!(InternalError))?;
        let expected = digest.map(|digest| BASE64_STANDARD.decode(digest).map(hex::encode));
        if expected.is_some_and(|expected| expected.as_deref() != Ok(e_tag.value())) {
            self.keys.with_upload(&id, &key, |upload| upload.parts.remove(&number))?;
            return Err(s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received."));
        }
        self.keep_part(about, &key, number, e_tag).await?;
        Ok(answer)
    }

    async fn upload_part_copy(&self, mut request: S3Request<UploadPartCopyInput>) -> S3Result<S3Response<UploadPartCopyOutput>> {
        let (id, key, number) = (request.input.upload_id.clone(), request.input.key.clone(), request.input.part_number);
        self.check_upload(&request.input.bucket, &id, &key, number)?;
        request.input.copy_source = self.source(&request.input.copy_source)?.1;
        let about = parts_of(&request, &id);
        let answer = self.files.upload_part_copy(request).await?;
        let e_tag = answer.output.copy_part_result.as_ref().and_then(|copied| copied.e_tag.clone());
        self.keep_part(about, &key, number, e_tag.ok_or_else(|| s3_error!(InternalError))?).await?;
        Ok(answer)
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        let input = request.input;
        is_known(&input.bucket)?;
        let most = page_size(input.max_parts)?;
        let after = input.part_number_marker.as_ref().map_or(Ok(0), |marker| marker.to_string().parse::<i32>());
        let after = after.map_err(|_| s3_error!(InvalidArgument, "Provided part-number-marker not an integer or within integer range"))?;
        let mut parts: Vec<Part> = self.keys.with_upload(&input.upload_id, &input.key, |upload| {
            let later = upload.parts.iter().filter(|(number, _)| **number > after);
            later.map(|(number, stored)| part(*number, stored)).collect()
        })?;
        let is_truncated = parts.len() > usize::try_from(most).unwrap_or_default();
        parts.truncate(usize::try_from(most).unwrap_or_default());
        Ok(S3Response::new(ListPartsOutput {
            is_truncated: Some(is_truncated),
            next_part_number_marker: parts.last().and_then(|part| part.part_number),
            parts: Some(parts),
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            max_parts: Some(most),
            part_number_marker: input.part_number_marker,
            ..ListPartsOutput::default()
        }))
    }

    async fn complete_multipart_upload(
        &self,
        mut request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = &mut request.input;
        is_known(&input.bucket)?;
        let condition = Condition { matches: input.if_match.take(), matches_not: input.if_none_match.take() };
        self.keys.check(&input.key, &condition)?;
        let parts = input.multipart_upload.as_ref().and_then(|upload| upload.parts.as_deref()).unwrap_or_default();
        let upload = self.keys.complete(&input.upload_id, &input.key, parts)?;
        let key = std::mem::replace(&mut input.key, upload.file.clone());
        let about = about(&request, &upload.file);
        self.files.complete_multipart_upload(request).await?;
        let stored = self.keep(about, &key, &condition).await?;
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            bucket: Some(super::BUCKET.to_owned()),
            key: Some(key),
            e_tag: Some(stored.e_tag),
            ..CompleteMultipartUploadOutput::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        mut request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        is_known(&request.input.bucket)?;
        request.input.key = self.keys.end(&request.input.upload_id, &request.input.key)?.file;
        self.files.abort_multipart_upload(request).await
    }

    async fn get_bucket_location(&self, request: S3Request<GetBucketLocationInput>) -> S3Result<S3Response<GetBucketLocationOutput>> {
        is_known(&request.input.bucket)?;
        self.files.get_bucket_location(request).await
    }

    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        is_known(&request.input.bucket)?;
        self.files.head_bucket(request).await
    }

    async fn list_buckets(&self, request: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
        self.files.list_buckets(request).await
    }

    async fn create_bucket(&self, _: S3Request<CreateBucketInput>) -> S3Result<S3Response<CreateBucketOutput>> {
        Err(s3_error!(AccessDenied, "This stand-in has one bucket, which is there already."))
    }

    async fn delete_bucket(&self, _: S3Request<DeleteBucketInput>) -> S3Result<S3Response<DeleteBucketOutput>> {
        Err(s3_error!(AccessDenied, "This stand-in has one bucket, which stays."))
    }

    async fn put_bucket_cors(&self, request: S3Request<PutBucketCorsInput>) -> S3Result<S3Response<PutBucketCorsOutput>> {
        is_known(&request.input.bucket)?;
        self.put_cors(request.input.cors_configuration)?;
        Ok(S3Response::new(PutBucketCorsOutput::default()))
    }

    async fn get_bucket_cors(&self, request: S3Request<GetBucketCorsInput>) -> S3Result<S3Response<GetBucketCorsOutput>> {
        is_known(&request.input.bucket)?;
        let rules = self.cors.rules();
        if rules.is_empty() {
            return Err(s3_error!(NoSuchCORSConfiguration, "The CORS configuration does not exist"));
        }
        let cors_rules = Some(rules.into_iter().map(write_rule).collect());
        Ok(S3Response::new(GetBucketCorsOutput { cors_rules }))
    }

    async fn delete_bucket_cors(&self, request: S3Request<DeleteBucketCorsInput>) -> S3Result<S3Response<DeleteBucketCorsOutput>> {
        is_known(&request.input.bucket)?;
        self.cors.set(Vec::new());
        Ok(S3Response::new(DeleteBucketCorsOutput::default()))
    }
}

/// Since when an object is to have changed, or not.
struct Dates {
    modified: Option<Timestamp>,
    unmodified: Option<Timestamp>,
}

/// Dates in headers have no fractions.
fn whole_seconds(time: &Timestamp) -> i64 {
    let mut text = Vec::new();
    let written = time.format(TimestampFormat::EpochSeconds, &mut text).is_ok();
    let text = String::from_utf8(text).unwrap_or_default();
    let whole = text.split('.').next().unwrap_or_default();
    if written { whole.parse().unwrap_or_default() } else { 0 }
}

/// Refuses every bucket but the one that is there.
fn is_known(bucket: &str) -> S3Result<()> {
    match bucket == super::BUCKET {
        true => Ok(()),
        false => Err(s3_error!(NoSuchBucket, "The specified bucket does not exist")),
    }
}

fn malformed() -> s3s::S3Error {
    s3_error!(MalformedXML, "The XML you provided was not well-formed or did not validate against our published schema")
}

/// How many of a listing are wanted: a thousand at most.
fn page_size(asked: Option<i32>) -> S3Result<i32> {
    match asked.unwrap_or(1000) {
        asked if asked < 0 => Err(s3_error!(InvalidArgument, "Argument maxKeys must be an integer between 0 and 2147483647")),
        asked => Ok(asked.min(1000)),
    }
}

fn read_token(token: &str) -> S3Result<String> {
    let name = BASE64_URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    name.ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}

fn part(number: i32, stored: &Stored) -> Part {
    Part {
        part_number: Some(number),
        size: Some(stored.size),
        e_tag: Some(stored.e_tag.clone()),
        last_modified: Some(stored.modified.clone()),
        ..Part::default()
    }
}

/// A request of the same caller for something else.
fn ask<T, U>(request: &S3Request<T>, input: U) -> S3Request<U> {
    S3Request {
        input,
        method: request.method.clone(),
        uri: request.uri.clone(),
        headers: request.headers.clone(),
        extensions: Default::default(),
        credentials: request.credentials.clone(),
        region: request.region.clone(),
        service: request.service.clone(),
        trailing_headers: None,
    }
}

fn about<T>(request: &S3Request<T>, file: &str) -> S3Request<HeadObjectInput> {
    let input = HeadObjectInput { bucket: super::BUCKET.to_owned(), key: file.to_owned(), ..HeadObjectInput::default() };
    ask(request, input)
}

fn parts_of<T>(request: &S3Request<T>, id: &str) -> S3Request<ListPartsInput> {
    let input = ListPartsInput { bucket: super::BUCKET.to_owned(), upload_id: id.to_owned(), ..ListPartsInput::default() };
    ask(request, input)
}

/// How names are written in a listing.
struct Names {
    encoded: bool,
}

impl Names {
    fn new(encoding: Option<&EncodingType>) -> S3Result<Names> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Names { encoded: false }),
            Some("url") => Ok(Names { encoded: true }),
            Some(_) => Err(s3_error!(InvalidArgument, "Invalid Encoding Method specified in Request")),
        }
    }

    fn write(&self, name: &str) -> String {
        if !self.encoded {
            return name.to_owned();
        }
        let write = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        name.bytes().map(write).collect()
    }

    fn objects(&self, page: &Page) -> Option<Vec<Object>> {
        let object = |(key, stored): &(String, Stored)| Object {
            key: Some(self.write(key)),
            size: Some(stored.size),
            e_tag: Some(stored.e_tag.clone()),
            last_modified: Some(stored.modified.clone()),
            storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
            ..Object::default()
        };
        (!page.objects.is_empty()).then(|| page.objects.iter().map(object).collect())
    }

    fn folded(&self, page: &Page) -> Option<Vec<CommonPrefix>> {
        let folded = |name: &String| CommonPrefix { prefix: Some(self.write(name)) };
        (!page.folded.is_empty()).then(|| page.folded.iter().map(folded).collect())
    }
}

impl Bucket {
    /// The object that is to be read, if it is as the reader wants it.
    fn get(&self, bucket: &str, key: &str, is: &Option<ETagCondition>, is_not: &Option<ETagCondition>, dates: &Dates) -> S3Result<Stored> {
        is_known(bucket)?;
        let stored = self.keys.get(key)?;
        let fits = |condition: &ETagCondition| match condition {
            ETagCondition::Any => true,
            ETagCondition::ETag(e_tag) => stored.e_tag.weak_cmp(e_tag),
        };
        // Where an entity tag is given, the date beside it is not looked at.
        let changed_since = |date: &Timestamp| whole_seconds(&stored.modified) > whole_seconds(date);
        let matches = is.as_ref().map_or_else(|| !dates.unmodified.as_ref().is_some_and(changed_since), fits);
        if !matches {
            return Err(s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold"));
        }
        let known = is_not.as_ref().map_or_else(|| dates.modified.as_ref().is_some_and(|date| !changed_since(date)), fits);
        if known {
            return Err(s3_error!(NotModified, "Not Modified"));
        }
        Ok(stored)
    }

    /// The key of what is to be copied, and where it is.
    fn source(&self, source: &CopySource) -> S3Result<(String, CopySource)> {
        let CopySource::Bucket { bucket, key, .. } = source else {
            return Err(s3_error!(NotImplemented, "This stand-in copies from its bucket only."));
        };
        is_known(bucket)?;
        let file = self.keys.get(key)?.file;
        Ok((key.to_string(), CopySource::Bucket { bucket: super::BUCKET.into(), key: file.into(), version_id: None }))
    }

    /// Lets a key name what was written into a file.
    async fn keep(&self, about: S3Request<HeadObjectInput>, key: &str, condition: &Condition) -> S3Result<Stored> {
        let file = about.input.key.clone();
        let told = self.files.head_object(about).await?.output;
        let (Some(size), Some(e_tag), Some(modified)) = (told.content_length, told.e_tag, told.last_modified) else {
            return Err(s3_error!(InternalError));
        };
        let stored = Stored { file: file.clone(), size, e_tag, modified };
        let before = self.keys.put(key, stored.clone(), condition).inspect_err(|_| self.discard(&file))?;
        if let Some(before) = before {
            self.discard(&before.file);
        }
        Ok(stored)
    }

    fn remove(&self, key: &str) {
        if let Some(stored) = self.keys.remove(key) {
            self.discard(&stored.file);
        }
    }

    /// Removes a file, which need not have been written.
    fn discard(&self, file: &str) {
        if let Err(error) = std::fs::remove_file(self.folder.join(file)) {
            tracing::debug!("a file of the storage stand-in stays: {error}");
        }
    }

    fn check_upload(&self, bucket: &str, id: &str, key: &str, number: i32) -> S3Result<()> {
        is_known(bucket)?;
        if !(1..=10_000).contains(&number) {
            return Err(s3_error!(InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive"));
        }
        self.keys.with_upload(id, key, |_| ())
    }

    async fn keep_part(&self, about: S3Request<ListPartsInput>, key: &str, number: i32, e_tag: ETag) -> S3Result<()> {
        let id = about.input.upload_id.clone();
        let uploaded = self.files.list_parts(about).await?.output.parts.unwrap_or_default();
        let found = uploaded.into_iter().find(|part| part.part_number == Some(number));
        let Some((size, modified)) = found.and_then(|part| Some((part.size?, part.last_modified?))) else {
            return Err(s3_error!(InternalError));
        };
        let stored = Stored { file: String::new(), size, e_tag, modified };
        self.keys.with_upload(&id, key, |upload| upload.parts.insert(number, stored))?;
        Ok(())
    }

    fn page(&self, prefix: Option<&str>, delimiter: Option<&str>, after: Option<&str>, most: i32) -> Page {
        let (prefix, delimiter, after) = (prefix.unwrap_or_default(), delimiter.unwrap_or_default(), after.unwrap_or_default());
        self.keys.page(prefix, delimiter, after, usize::try_from(most).unwrap_or_default())
    }

    fn put_cors(&self, asked: CORSConfiguration) -> S3Result<()> {
        let rules: Vec<CorsRule> = asked.cors_rules.into_iter().map(read_rule).collect();
        if rules.is_empty() || rules.len() > 100 {
            return Err(malformed());
        }
        if let Some(wrong) = rules.iter().find_map(CorsRule::wrong) {
            return Err(s3_error!(InvalidRequest, "{}", wrong));
        }
        self.cors.set(rules);
        Ok(())
    }
}

fn read_rule(rule: CORSRule) -> CorsRule {
    CorsRule {
        origins: rule.allowed_origins,
        methods: rule.allowed_methods,
        headers: rule.allowed_headers.unwrap_or_default(),
        expose: rule.expose_headers.unwrap_or_default(),
        max_age_s: rule.max_age_seconds,
    }
}

fn write_rule(rule: CorsRule) -> CORSRule {
    CORSRule {
        allowed_origins: rule.origins,
        allowed_methods: rule.methods,
        allowed_headers: (!rule.headers.is_empty()).then_some(rule.headers),
        expose_headers: (!rule.expose.is_empty()).then_some(rule.expose),
        id: None,
        max_age_seconds: rule.max_age_s,
    }
}
