// Calls of the control interface, which acts as people, banks and clocks.

const token = new URLSearchParams(location.search).get("token") ?? "";

/** A refusal: `message` is a sentence for the person, `status` the HTTP status, `answer` the whole answer. */
export class Refusal extends Error {
  constructor(status, answer) {
    super(answer?.error ?? `The sandbox answered ${status}.`);
    this.status = status;
    this.answer = answer;
  }
}

/** `GET path?query`, without the parameters that are null. */
export const get = (path, query = {}) => call("GET", address(path, query));

/** `POST path` with a JSON body. */
export const post = (path, body = {}) => call("POST", path, body);

/** `DELETE path?query`. */
export const remove = (path, query = {}) => call("DELETE", address(path, query));

/** The address of the stream of everything that happens; an EventSource sends no headers. */
export const streamAddress = () => address("/window/events", { token });

function address(path, query) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  const text = new URLSearchParams(given).toString();
  return text ? `${path}?${text}` : path;
}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { "content-type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch {
    throw new Refusal(0, { error: "The sandbox does not answer. Is it still running?" });
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Refusal(response.status, answer);
  return answer;
}
