/** `npm run test:pretalx`: the tests against a real, running pretalx, where there is a Python that can run it. */
import { spawnSync } from 'node:child_process';
import { findPython, install, isInstalled } from './installation.ts';

const python = await findPython();
if (python === undefined) {
  console.log(
    'Left out: the tests against a real pretalx need Python 3.10, 3.11 or 3.12, and there is none here.',
  );
} else {
  if (!isInstalled()) {
    console.log(`Installing pretalx with ${python} in .venv-pretalx; that takes a minute or two, once.`);
    await install(python);
  }
  const { status } = spawnSync(
    'vitest',
    ['run', '--config', 'vitest.pretalx.config.ts', ...process.argv.slice(2)],
    { stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
}
