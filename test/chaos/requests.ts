/** Whoever asks for syncs: webhooks of two kinds, the API, and another program with a producer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { DatabaseUnavailableError } from '../../src/errors.ts';
import { createProducer, type Producer } from '../../src/queue/producer.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** One that was answered with a run's id. */
export interface AcceptedRequest {
  conference: string;
  kind: string;
  sentAt: Date;
  run: string;
}

const kinds = ['standard webhook', 'plain webhook', 'API', 'producer'] as const;
const answerMs = 15_000;
/** A client that gets no answer is no fault: the web server was killed, or is not there yet. */
type Answer = { status: number; run?: string } | undefined;

export class Requester {
  readonly accepted: AcceptedRequest[] = [];
  /** Not answered, or refused with 503. */
  refused = 0;
  readonly faults: string[] = [];
  readonly #world: World;
  readonly #random: Random;
  readonly #producer: Producer;
  #deliveries = 0;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    this.#producer = createProducer({ config: world.config });
  }

  /** Asks at random until `signal` aborts: now and then twenty times at once. */
  async keepAsking(signal: AbortSignal): Promise<void> {
    const asked: Promise<unknown>[] = [];
    while (!signal.aborted) {
      const times = this.#random.below(12) === 0 ? 20 : 1;
      const { slug } = this.#random.pick(this.#world.conferences);
      for (let count = 0; count < times; count += 1) asked.push(this.ask(slug, this.#random.pick(kinds)));
      await sleep(100 + this.#random.below(900), undefined, { signal }).catch(() => undefined);
    }
    await Promise.all(asked);
  }

  /** Asks until it is accepted. */
  async insist(conference: string): Promise<void> {
    const deadline = Date.now() + 120_000;
    while (!(await this.ask(conference, 'API'))) {
      if (Date.now() > deadline)
        throw new Error(
          `Nobody accepted a request for ${conference} within 2 minutes. ${this.faults.at(-1) ?? ''}`,
        );
      await sleep(500);
    }
  }

  /** Asks once, a standard webhook's sender up to three times with the same delivery. */
  async ask(conference: string, kind: (typeof kinds)[number]): Promise<boolean> {
    const sentAt = new Date();
    const send = this.#sender(conference, kind);
    let answer = await send();
    for (let again = 0; again < 2 && answer?.run === undefined && kind === 'standard webhook'; again += 1) {
      await sleep(1_000);
      answer = await send();
    }
    if (answer?.run !== undefined) {
      this.accepted.push({ conference, kind, sentAt, run: answer.run });
      if (kind === 'standard webhook') await this.#sendAgain(send, answer.run);
      return true;
    }
    this.refused += 1;
    if (answer !== undefined && answer.status !== 503)
      this.faults.push(`a request (${kind}) was answered with ${answer.status}`);
    return false;
  }

  close(): Promise<void> {
    return this.#producer.close();
  }

  async #sendAgain(send: () => Promise<Answer>, run: string): Promise<void> {
    const again = await send();
    if (again?.run !== undefined && again.run !== run)
      this.faults.push(`a delivery that had made run ${run} made ${again.run} when it came again`);
  }

  #sender(conference: string, kind: (typeof kinds)[number]): () => Promise<Answer> {
    const { webhookSecret, adminToken } = this.#world;
    const body = JSON.stringify({ event: 'schedule.released', conference });
    const hook = `/webhooks/pretalx/${conference}`;
    if (kind === 'producer') return () => this.#produce(conference);
    if (kind === 'API')
      return () =>
        this.#post(`/api/conferences/${conference}/sync`, { authorization: `Bearer ${adminToken}` }, '{}');
    if (kind === 'plain webhook') return () => this.#post(hook, { 'x-webhook-secret': webhookSecret }, body);
    this.#deliveries += 1;
    const id = `delivery-${this.#deliveries}`;
    const at = new Date();
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(webhookSecret).sign(id, at, body),
    };
    return () => this.#post(hook, headers, body);
  }

  async #produce(conference: string): Promise<Answer> {
    try {
      return { status: 202, run: await this.#producer.requestSync({ conference, trigger: 'api' }) };
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) return { status: 503 };
      this.faults.push(`the producer threw ${String(error)}`);
      return undefined;
    }
  }

  async #post(path: string, headers: Record<string, string>, body: string): Promise<Answer> {
    try {
      const response = await fetch(this.#world.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
        signal: AbortSignal.timeout(answerMs),
      });
      const { run } = (await response.json()) as { run?: string };
      return { status: response.status, ...(response.status === 202 && run ? { run } : {}) };
    } catch {
      return undefined;
    }
  }
}
