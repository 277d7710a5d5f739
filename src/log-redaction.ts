/**
 * Takes secrets out of text before it leaves the process: values of fields with telling names, passwords inside
 * URLs, bearer tokens, and every value that was remembered as a secret.
 */
const hidden = '[redacted]';
const telling = '[\\w-]*(?:token|secret|password|passwd|authorization|cookie|signature|api_?key)';

const jsonField = new RegExp(`("${telling}"\\s*:\\s*)(?:"(?:\\\\.|[^"\\\\])*"|\\[[^\\]]*\\])`, 'gi');
const nestedJsonField = new RegExp(`(\\\\"${telling}\\\\"\\s*:\\s*\\\\")(?:(?!\\\\").)*`, 'gi');
const queryParameter = new RegExp(`([?&]${telling}=)[^&\\s"'\\\\]+`, 'gi');
// Without the scheme: to look for one takes for ever in a long text without spaces.
const urlPassword = /(:\/\/[^\s:/?#"'@]*:)[^\s/?#"']*(@)/g;
const authorization = /\b(bearer|token|basic) +[\w.~+/=-]{8,}/gi;

/** Longest first: one that begins with another must go as a whole. */
let secrets: readonly string[] = [];

/** Makes a value disappear from everything that is logged from now on. Short ones are left: they are words. */
export function rememberSecret(value: string): void {
  if (value.length < 8) return;
  const inJson = JSON.stringify(value).slice(1, -1);
  secrets = [...new Set([...secrets, value, inJson])].sort((a, b) => b.length - a.length);
}

/** The text with every secret in it replaced by `[redacted]`; a line of JSON stays JSON. */
export function redact(text: string): string {
  let safe = text;
  for (const secret of secrets) safe = safe.replaceAll(secret, hidden);
  return safe
    .replace(jsonField, `$1"${hidden}"`)
    .replace(nestedJsonField, `$1${hidden}`)
    .replace(queryParameter, `$1${hidden}`)
    .replace(urlPassword, `$1${hidden}$2`)
    .replace(authorization, `$1 ${hidden}`);
}
