//! The bucket: files in a folder, and what the folder's server leaves out.

use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;

use super::cors::{Cors, CorsRule};

pub(super) struct Bucket {
    pub files: FileSystem,
    pub cors: Cors,
}

/// Passes calls on to the folder, beside those that are written out.
macro_rules! bucket {
    (pass on { $($name:ident: $input:ident => $output:ident,)* }) => {
        #[async_trait::async_trait]
        impl S3 for Bucket {
            $(
                async fn $name(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                    self.files.$name(request).await
                }
            )*

            async fn complete_multipart_upload(
                &self,
                request: S3Request<CompleteMultipartUploadInput>,
            ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
                self.check_parts(&request).await?;
                self.files.complete_multipart_upload(request).await
            }

            async fn put_bucket_cors(&self, request: S3Request<PutBucketCorsInput>) -> S3Result<S3Response<PutBucketCorsOutput>> {
                self.put_cors(request.input.cors_configuration)?;
                Ok(S3Response::new(PutBucketCorsOutput::default()))
            }

            async fn get_bucket_cors(&self, _: S3Request<GetBucketCorsInput>) -> S3Result<S3Response<GetBucketCorsOutput>> {
                let rules = self.cors.rules();
                if rules.is_empty() {
                    return Err(s3_error!(NoSuchCORSConfiguration, "The CORS configuration does not exist"));
                }
                let cors_rules = Some(rules.into_iter().map(write_rule).collect());
                Ok(S3Response::new(GetBucketCorsOutput { cors_rules }))
            }

            async fn delete_bucket_cors(&self, _: S3Request<DeleteBucketCorsInput>) -> S3Result<S3Response<DeleteBucketCorsOutput>> {
                self.cors.set(Vec::new());
                Ok(S3Response::new(DeleteBucketCorsOutput::default()))
            }
        }
    };
}

bucket!(pass on {
    abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput,
    copy_object: CopyObjectInput => CopyObjectOutput,
    create_bucket: CreateBucketInput => CreateBucketOutput,
    create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput,
    delete_bucket: DeleteBucketInput => DeleteBucketOutput,
    delete_object: DeleteObjectInput => DeleteObjectOutput,
    delete_objects: DeleteObjectsInput => DeleteObjectsOutput,
    get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput,
    get_object: GetObjectInput => GetObjectOutput,
    head_bucket: HeadBucketInput => HeadBucketOutput,
    head_object: HeadObjectInput => HeadObjectOutput,
    list_buckets: ListBucketsInput => ListBucketsOutput,
    list_objects: ListObjectsInput => ListObjectsOutput,
    list_objects_v2: ListObjectsV2Input => ListObjectsV2Output,
    list_parts: ListPartsInput => ListPartsOutput,
    put_object: PutObjectInput => PutObjectOutput,
    upload_part: UploadPartInput => UploadPartOutput,
    upload_part_copy: UploadPartCopyInput => UploadPartCopyOutput,
});

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
