import { rootOf } from '../../errors.ts';

/** One line of what `greenroom doctor` found. */
export interface Finding {
  status: 'ok' | 'warn' | 'fail';
  /** What was looked at: `database`, `queue`, `conference myconf`. */
  about: string;
  /** What was found and, unless it is fine, what to do. */
  message: string;
}

/** Makes findings about one thing. */
export const findingsAbout = (about: string) => ({
  ok: (message: string): Finding => ({ status: 'ok', about, message }),
  warn: (message: string): Finding => ({ status: 'warn', about, message }),
  fail: (message: string): Finding => ({ status: 'fail', about, message }),
});

/** The innermost message: what happened, without what was wrapped around it. */
export function messageOf(error: unknown): string {
  const inner = rootOf(error);
  return inner instanceof Error ? inner.message : String(inner);
}
