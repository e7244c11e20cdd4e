//! The bucket: files in a folder, and what the folder's server leaves out.

use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;

use super::cors::{Cors, CorsRule};

pub(super) struct Bucket {
    pub files: FileSystem,
    pub cors: Cors,
}

/// Passes calls on to the folder: those about an object, those about the bucket, and the rest.
macro_rules! bucket {
    (
        object { $($object:ident: $object_input:ident => $object_output:ident,)* }
        bucket { $($bucket:ident: $bucket_input:ident => $bucket_output:ident,)* }
    ) => {
        #[async_trait::async_trait]
        impl S3 for Bucket {
            $(
                async fn $object(&self, request: S3Request<$object_input>) -> S3Result<S3Response<$object_output>> {
                    is_known(&request.input.bucket)?;
                    is_kept(&request.input.key)?;
                    self.files.$object(request).await
                }
            )*
            $(
                async fn $bucket(&self, request: S3Request<$bucket_input>) -> S3Result<S3Response<$bucket_output>> {
                    is_known(&request.input.bucket)?;
                    self.files.$bucket(request).await
                }
            )*

            async fn list_buckets(&self, request: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
                self.files.list_buckets(request).await
            }

            async fn create_bucket(&self, _: S3Request<CreateBucketInput>) -> S3Result<S3Response<CreateBucketOutput>> {
                Err(s3_error!(AccessDenied, "This stand-in has one bucket, which is there already."))
            }

            async fn delete_bucket(&self, _: S3Request<DeleteBucketInput>) -> S3Result<S3Response<DeleteBucketOutput>> {
                Err(s3_error!(AccessDenied, "This stand-in has one bucket, which stays."))
            }

            async fn complete_multipart_upload(
                &self,
                request: S3Request<CompleteMultipartUploadInput>,
            ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
                is_known(&request.input.bucket)?;
                self.check_parts(&request).await?;
                self.files.complete_multipart_upload(request).await
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

            async fn delete_bucket_cors(
                &self,
                request: S3Request<DeleteBucketCorsInput>,
            ) -> S3Result<S3Response<DeleteBucketCorsOutput>> {
                is_known(&request.input.bucket)?;
                self.cors.set(Vec::new());
                Ok(S3Response::new(DeleteBucketCorsOutput::default()))
            }
        }
    };
}

bucket! {
    object {
        abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput,
        copy_object: CopyObjectInput => CopyObjectOutput,
        create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput,
        delete_object: DeleteObjectInput => DeleteObjectOutput,
        get_object: GetObjectInput => GetObjectOutput,
        head_object: HeadObjectInput => HeadObjectOutput,
        list_parts: ListPartsInput => ListPartsOutput,
        put_object: PutObjectInput => PutObjectOutput,
        upload_part: UploadPartInput => UploadPartOutput,
        upload_part_copy: UploadPartCopyInput => UploadPartCopyOutput,
    }
    bucket {
        delete_objects: DeleteObjectsInput => DeleteObjectsOutput,
        get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput,
        head_bucket: HeadBucketInput => HeadBucketOutput,
        list_objects: ListObjectsInput => ListObjectsOutput,
        list_objects_v2: ListObjectsV2Input => ListObjectsV2Output,
    }
}

/// Refuses every bucket but the one that is there.
fn is_known(bucket: &str) -> S3Result<()> {
    match bucket == super::BUCKET {
        true => Ok(()),
        false => Err(s3_error!(NoSuchBucket, "The specified bucket does not exist")),
    }
}

/// Refuses keys that a folder cannot keep as they are, rather than keep them as something else.
fn is_kept(key: &str) -> S3Result<()> {
    let is_kept = |part: &str| !matches!(part, "" | "." | "..") && part.len() <= 200;
    match key.split('/').all(is_kept) {
        true => Ok(()),
        false => Err(s3_error!(NotImplemented, "This stand-in keeps no key with an empty, dotted or very long part.")),
    }
}

impl Bucket {
    /// Refuses parts that were never uploaded, and parts of unequal size before
    /// the last, which R2 does not take.
    async fn check_parts(&self, request: &S3Request<CompleteMultipartUploadInput>) -> S3Result<()> {
        let input = &request.input;
        let asked = ListPartsInput {
            bucket: input.bucket.clone(),
            key: input.key.clone(),
            upload_id: input.upload_id.clone(),
            ..ListPartsInput::default()
        };
        let asked = S3Request {
            input: asked,
            method: request.method.clone(),
            uri: request.uri.clone(),
            headers: request.headers.clone(),
            extensions: Default::default(),
            credentials: request.credentials.clone(),
            region: request.region.clone(),
            service: request.service.clone(),
            trailing_headers: None,
        };
        let uploaded = self.files.list_parts(asked).await?.output.parts.unwrap_or_default();
        let parts = input.multipart_upload.as_ref().and_then(|upload| upload.parts.as_deref()).unwrap_or_default();
        let mut sizes = Vec::new();
        for part in parts {
            let found = uploaded.iter().find(|uploaded| uploaded.part_number == part.part_number);
            let Some(found) = found else {
                return Err(s3_error!(InvalidPart, "One or more of the specified parts could not be found."));
            };
            sizes.push(found.size.unwrap_or_default());
        }
        sizes.pop();
        if sizes.iter().any(|size| Some(size) != sizes.first()) {
            return Err(s3_error!(InvalidPart, "All non-trailing parts must have the same length."));
        }
        Ok(())
    }

    fn put_cors(&self, asked: CORSConfiguration) -> S3Result<()> {
        let rules: Vec<CorsRule> = asked.cors_rules.into_iter().map(read_rule).collect();
        if rules.is_empty() || rules.len() > 100 {
            return Err(s3_error!(MalformedXML));
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
