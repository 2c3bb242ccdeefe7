/** From the words after `hebb` to an exit code: what the three kinds of outcome print, and which command does the work. */
import { version } from '../../package.json';
import { parseCommandLine, type Invocation } from './arguments';
import { datasets } from './datasets';
import { devices } from './devices';
import { evaluate } from './evaluate';
import { explain } from './explain';
import { exportModel } from './export';
import { failureText } from './failure-text';
import { helpText } from './help';
import { importData } from './import';
import { importModelFile } from './import-model';
import { layers } from './layers';
import { runs } from './runs';
import type { ExitCode, Surroundings } from './surroundings';
import { sweep } from './sweep';
import { templates } from './templates';
import { train } from './train';

function perform(invocation: Invocation, surroundings: Surroundings): ExitCode | Promise<ExitCode> {
  switch (invocation.command) {
    case 'train':
      return train(invocation.model, invocation.values, surroundings);
    case 'evaluate':
      return evaluate(invocation.model, invocation.values, surroundings);
    case 'export':
      return exportModel(invocation.model, invocation.values, surroundings);
    case 'import-model':
      return importModelFile(invocation.model, invocation.values, surroundings);
    case 'explain':
      return explain(invocation.model, invocation.values, surroundings);
    case 'import':
      return importData(invocation.words ?? [], invocation.values, surroundings);
    case 'datasets':
      return datasets(invocation.words ?? [], invocation.values, surroundings);
    case 'sweep':
      return sweep(invocation.model, invocation.values, surroundings);
    case 'runs':
      return runs(invocation.words ?? [], invocation.values, surroundings);
    case 'templates':
      return templates(invocation.values, surroundings);
    case 'layers':
      return layers(invocation.values, surroundings);
    case 'devices':
      return devices(invocation.values, surroundings);
    default:
      return invocation satisfies never;
  }
}

/** 2 is wrong usage. Never rejects. */
export async function run(words: readonly string[], surroundings: Surroundings): Promise<ExitCode | 2> {
  const { output } = surroundings;
  const parsed = parseCommandLine(words);
  switch (parsed.kind) {
    case 'help':
      output.line(helpText(parsed.command));
      return 0;
    case 'version':
      output.line(version);
      return 0;
    case 'usage':
      output.note(`hebb: ${parsed.message}`);
      output.note(words.length === 0 ? `\n${helpText(null)}` : `See hebb ${parsed.command === null ? '' : `${parsed.command} `}--help.`);
      return 2;
    case 'run':
      try {
        return await perform(parsed.invocation, surroundings);
      } catch (error) {
        output.note(`hebb: ${failureText(error)}`);
        return 1;
      }
    default:
      return parsed satisfies never;
  }
}
