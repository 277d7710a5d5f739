import type { FastifyReply } from 'fastify';
import { assetVersion } from './assets.ts';
import { type Fragment, type Html, html } from './html.ts';

export interface Page {
  title: string;
  main: Fragment;
  /** Whether the browser has a session. */
  signedIn?: boolean;
  /** Browsers without scripts load the page again after so many seconds. */
  refreshSeconds?: number | undefined;
}

/** The frame of every page: landmarks, a skip link, one stylesheet, one small script. */
function layout({ title, main, signedIn, refreshSeconds }: Page): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · greenroom</title>
<link rel="stylesheet" href="/assets/greenroom.css?v=${assetVersion}">
<link rel="icon" href="/assets/icon.svg?v=${assetVersion}" type="image/svg+xml">
${refreshSeconds && html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}"></noscript>`}
<script src="/assets/live.js?v=${assetVersion}" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="site">
<a class="brand" href="/">greenroom</a>
<nav class="site-nav" aria-label="Site"><a href="/">Conferences</a> <a href="/board">Queue</a>${signedIn && html` <a href="/logout">Log out</a>`}</nav>
</header>
<main id="main" tabindex="-1">
${main}
</main>
<footer class="site"><p>A mirror of pretalx programmes, kept by <span class="brand">greenroom</span>. As data: <a href="/api/conferences">/api/conferences</a></p></footer>
</body>
</html>
`;
}

/** Pages show what is now: nobody keeps them. */
export function sendPage(reply: FastifyReply, page: Page, status = 200) {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(layout(page).text);
}

/** A page that says what went wrong. */
export function sendErrorPage(reply: FastifyReply, status: number, message: string) {
  const titles: Record<number, string> = {
    401: 'Log in',
    404: 'Not found',
    429: 'Too many attempts',
    503: 'Away at the moment',
  };
  const title = titles[status] ?? (status < 500 ? 'That did not work' : 'Something went wrong');
  return sendPage(
    reply,
    { title, main: html`<h1>${title}</h1><p>${message}</p><p><a href="/">All conferences</a></p>` },
    status,
  );
}
