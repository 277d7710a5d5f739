/** Logging in with a browser: the admin token once, then a cookie. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Web } from '../context.ts';
import { answerOf, ForeignOriginError, TooManyAttemptsError } from '../errors.ts';
import { type Html, html } from '../pages/html.ts';
import { sendPage } from '../pages/layout.ts';
import { parsed } from '../params.ts';
import { wantsPage } from '../wants-page.ts';
import { isOwnOrigin } from './admin.ts';
import { sessionCookie, sessionLifetimeMs } from './session.ts';

const form = z.object({
  token: z.string().max(1000).default(''),
  next: z.string().max(500).default('/board'),
});

export async function loginRoutes(scope: FastifyInstance, web: Web): Promise<void> {
  scope.get<{ Querystring: { next?: string } }>('/login', async (request, reply) =>
    sendLogin(reply, localPath(String(request.query.next ?? '/board'))),
  );

  scope.post('/login', async (request, reply) => {
    const { token, next } = parsed(form, request.body ?? {});
    const target = localPath(next);
    if (request.headers.origin !== undefined && !isOwnOrigin(request)) {
      throw new ForeignOriginError('Log in from the page of this server.');
    }
    try {
      await web.gate.demandToken(request, token.trim());
    } catch (error) {
      if (!wantsPage(request)) throw error;
      if (error instanceof TooManyAttemptsError) reply.header('retry-after', error.retryAfterSeconds);
      const { status, message } = answerOf(error);
      return sendLogin(reply, target, status, message);
    }
    reply.setCookie(sessionCookie, web.sessions.open(), {
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure: request.protocol === 'https',
      maxAge: sessionLifetimeMs / 1000,
    });
    return reply.redirect(target, 303);
  });

  scope.get('/logout', async (_request, reply) =>
    sendPage(reply, {
      title: 'Log out',
      main: html`<h1>Log out</h1><form method="post" action="/logout"><button>Log out</button></form>`,
    }),
  );

  scope.post('/logout', async (request, reply) => {
    if (!isOwnOrigin(request)) throw new ForeignOriginError('Log out from the page of this server.');
    web.sessions.end(request.cookies[sessionCookie]);
    return reply.clearCookie(sessionCookie, { path: '/' }).redirect('/', 303);
  });
}

/** Shows the form; with 401 where a page was asked for that needs a session. Programs get `{error}` instead. */
export function sendLogin(reply: FastifyReply, next: string, status = 200, message?: string) {
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="greenroom"');
  return sendPage(reply, { title: 'Log in', main: loginForm(next, message) }, status);
}

/** Whether the request has an open session; for pages, which ask people to log in instead of refusing. */
export function isSignedIn(web: Web, request: FastifyRequest): boolean {
  return web.sessions.isOpen(request.cookies[sessionCookie]);
}

function loginForm(next: string, message: string | undefined): Html {
  return html`<h1>Log in</h1>
<p>The admin token is the value of <code>GREENROOM_ADMIN_TOKEN</code>; where that is not set, the server’s log named one when it started.</p>
<form class="login" method="post" action="/login">
${message && html`<p class="notice bad" role="alert" id="fault">${message}</p>`}
<input type="hidden" name="next" value="${next}">
<label for="token">Admin token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus${message && html` aria-describedby="fault" aria-invalid="true"`}>
<button>Log in</button>
</form>`;
}

/** Only a path of this server: never a way to send somebody elsewhere. */
function localPath(next: string): string {
  const base = 'http://here.invalid';
  if (!next.startsWith('/') || !URL.canParse(next, base)) return '/board';
  const url = new URL(next, base);
  // `/.//host` is a path of this server that begins with `//`, which a browser takes for another host.
  return url.origin === base && !url.pathname.startsWith('//') ? url.pathname + url.search : '/board';
}
