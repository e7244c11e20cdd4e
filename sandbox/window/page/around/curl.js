// A request that came to a stand-in, as a line for a shell.

/** Quotes a text for sh. */
const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/**
 * The curl line that sends the request of a wire entry again. `secrets` are the sandbox's own keys.
 * Bytes of files are not kept on the wire; something short stands in their place.
 */
export function curlLine(entry, secrets) {
  // Brackets in addresses are brackets, and curl itself would wait for the body of a HEAD.
  const words = ["curl", "-g", "-i"];
  if (entry.method === "HEAD") words.push("-I");
  else if (entry.method !== "GET") words.push("-X", entry.method);
  words.push(quoted(baseOf(entry, secrets) + entry.path));
  words.push(...identity(entry, secrets), ...content(entry));
  return words.join(" ");
}

function baseOf({ service }, secrets) {
  return service === "storage" ? secrets.storage.endpoint : secrets[service].url;
}

function identity({ service, path }, { discord, stripe, storage }) {
  if (service === "discord") {
    // What carries a token in its address needs no other, nor do files and pages.
    const open = /^\/api\/v\d+\/(interactions\/|webhooks\/\d+\/|oauth2\/)/.test(path) || !path.startsWith("/api/");
    return open ? [] : ["-H", quoted(`Authorization: Bot ${discord.token}`)];
  }
  if (service === "stripe") return path.startsWith("/v1/") ? ["-u", quoted(`${stripe.secret_key}:`)] : [];
  if (/[?&]X-Amz-Signature=/i.test(path)) return [];
  const { region, access_key_id: key, secret_access_key: secret } = storage;
  return ["--aws-sigv4", quoted(`aws:amz:${region}:s3`), "--user", quoted(`${key}:${secret}`), "-H", quoted("x-amz-content-sha256: UNSIGNED-PAYLOAD")];
}

function content({ service, method, body, content_type: type }) {
  if (type?.startsWith("multipart/form-data")) return parts(body);
  const header = type ? ["-H", quoted(`Content-Type: ${type}`)] : [];
  if (body !== null && body !== undefined && body !== "") {
    return [...header, "--data-raw", quoted(typeof body === "string" ? body : JSON.stringify(body))];
  }
  if (service === "storage" && method === "PUT") return [...header, "--data-raw", quoted("(the file's bytes)")];
  return header;
}

/** A form with its JSON and an empty file in the place of each that the JSON names. */
function parts(body) {
  const named = body?.attachments ?? body?.data?.attachments ?? [];
  // Those with an id of Discord's are there already.
  const sent = named.filter(({ id }) => id !== undefined && String(id).length < 10);
  const files = sent.flatMap(({ id, filename }) => {
    const name = (filename ?? "file").replace(/["\\]/g, String.raw`\$&`);
    return ["-F", quoted(`files[${id}]=@/dev/null;filename="${name}"`)];
  });
  return ["--form-string", quoted(`payload_json=${JSON.stringify(body ?? {})}`), ...files];
}
