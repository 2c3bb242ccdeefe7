/** What one can start from, each with its size and what a sample costs. Pure. */
import { analyseNetwork } from '../../../compute/layers/network';
import { networkCost, type NetworkCost } from '../../../compute/layers/network-cost';
import type { ContractResponse } from '../../../main/contract/contract';
import { readContent, type ProjectContent } from './content';

type Template = ContractResponse<'templates.list'>[number];

export interface TemplateChoice {
  readonly template: Template;
  readonly content: ProjectContent;
  readonly cost: NetworkCost;
}

/** Those of the same data set side by side, in the order in which they come; what this version cannot read or compute is left out. */
export function templateChoices(templates: readonly Template[]): readonly TemplateChoice[] {
  const byDataset = new Map<string, TemplateChoice[]>();
  for (const template of templates) {
    const read = readContent(template.content);
    if (!read.ok || !analyseNetwork(read.value.document).valid) continue;
    const { document, dataset } = read.value;
    const choice = { template, content: read.value, cost: networkCost(document) };
    byDataset.set(dataset.id, [...(byDataset.get(dataset.id) ?? []), choice]);
  }
  return [...byDataset.values()].flat();
}
