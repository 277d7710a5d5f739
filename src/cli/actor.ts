import { userInfo } from 'node:os';

/** Who asks on the command line: the account's name, else its number (a container's user often has none). */
export function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
