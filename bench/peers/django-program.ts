/** django-program 0.1.2, the program that greenroom succeeds; it needs Python 3.14. */
import { spawnSync } from 'node:child_process';

/** @returns why it was not measured, in a sentence */
export async function measureDjangoProgram(
  _url: string,
): Promise<{ firstMs: number; unchangedMs: number } | string> {
  const python = spawnSync('python3.14', ['--version']);
  if (python.status !== 0)
    return 'django-program 0.1.2 was not measured: it needs Python 3.14, and there is no python3.14 here.';
  return 'django-program 0.1.2 was not measured: nothing here starts it yet.';
}
