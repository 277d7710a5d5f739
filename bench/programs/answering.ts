/** How a program of the bench answers its parent: named questions over the channel that `fork` opens. */
export type Handlers = Record<string, (argument: never) => unknown>;

export interface Question {
  id: number;
  name: string;
  argument: unknown;
}

export type Reply = { id: number; answer: unknown } | { id: number; fault: string };

/** Says that the program is ready, then answers until the parent is gone. */
export function answerParent(handlers: Handlers): void {
  process.on('message', async ({ id, name, argument }: Question) => {
    try {
      const handler = handlers[name] as ((argument: unknown) => unknown) | undefined;
      if (!handler) throw new Error(`nobody answers "${name}"`);
      process.send?.({ id, answer: await handler(argument) } satisfies Reply);
    } catch (error) {
      process.send?.({ id, fault: (error as Error).stack ?? String(error) } satisfies Reply);
    }
  });
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}
