/** What a measurement is, and what it finds. */
import type { AimName } from './aims.ts';
import type { Stage } from './stage/stage.ts';

export interface Measurement {
  /** As `--only` has it. */
  name: string;
  measure(stage: Stage, say: (progress: string) => void): Promise<Findings>;
}

export interface Findings {
  tables: Table[];
  /** Figures that there is an aim for. */
  aimed?: Aimed[];
  /** One line each, below the tables. */
  notes?: string[];
  /** Counts that are not what they have to be, in sentences: the run fails. */
  faults?: string[];
  /** Figures that stand in other pages' sentences, by the name of their place. */
  inline?: Record<string, string>;
}

/** A number, a text, or nothing to say. */
export type Cell = number | string | undefined;

export interface Table {
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
}

export interface Aimed {
  aim: AimName;
  /** At which size, on which backend. */
  where: string;
  figure: number | undefined;
}
