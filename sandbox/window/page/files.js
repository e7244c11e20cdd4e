// Files that somebody sends: how large they may be, and how they travel.

/** The largest file that Discord takes from somebody who does not pay for more. */
export const LARGEST_FILE = 10 * 1024 * 1024;

/** As many files as one message takes. */
const MOST_FILES = 10;

/** What the sandbox takes in one call, with room for what base64 adds. */
const LARGEST_CALL = 44 * 1024 * 1024;

/** A size for people: "640 bytes", "12.5 KiB", "3.1 MiB". */
export function sizeText(bytes) {
  if (bytes < 1024) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const [size, unit] = bytes < 1024 * 1024 ? [bytes / 1024, "KiB"] : [bytes / 1024 / 1024, "MiB"];
  return `${size.toFixed(1).replace(/\.0$/, "")} ${unit}`;
}

/** Why this file cannot be sent, as a sentence, or null. */
export function fileProblem(file) {
  if (file.size <= LARGEST_FILE) return null;
  return `“${file.name}” has ${sizeText(file.size)}. Discord takes files up to ${sizeText(LARGEST_FILE)}.`;
}

/** Why these files cannot be sent together, as a sentence, or null. */
export function filesProblem(files) {
  if (files.length > MOST_FILES) return `A message takes ${MOST_FILES} files. Take ${files.length - MOST_FILES} away.`;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return size > LARGEST_CALL ? `Together these files have ${sizeText(size)}. Send them in two messages.` : null;
}

/** The file as the control interface takes it. */
export async function upload(file) {
  const address = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(new Error(`“${file.name}” cannot be read. Is it a folder, or was it moved?`)));
    reader.readAsDataURL(file);
  });
  return { name: file.name, content_type: file.type, base64: address.slice(address.indexOf(",") + 1) };
}
