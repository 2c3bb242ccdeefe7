/** What one can start from, by the data that it trains on, each with its size and what a sample costs. Pure. */
import { analyseNetwork } from '../../../compute/layers/network';
import { networkCost, type NetworkCost } from '../../../compute/layers/network-cost';
import type { ContractResponse } from '../../../main/contract/contract';
import { readContent, type ProjectContent } from './content';

type Template = ContractResponse<'templates.list'>[number];

export interface TemplateChoice {
  readonly template: Template;
  readonly content: ProjectContent;
  readonly layers: number;
  readonly cost: NetworkCost;
}

export interface TemplateGroup {
  /** The data set that they train on. */
  readonly dataset: string;
  readonly choices: readonly TemplateChoice[];
}

/** Grouped in the order in which their data sets first appear; what this version cannot read or compute is left out. */
export function groupTemplates(templates: readonly Template[]): readonly TemplateGroup[] {
  const groups = new Map<string, TemplateChoice[]>();
  for (const template of templates) {
    const read = readContent(template.content);
    if (!read.ok || !analyseNetwork(read.value.document).valid) continue;
    const { document, dataset } = read.value;
    const choice = { template, content: read.value, layers: document.nodes.length, cost: networkCost(document) };
    groups.set(dataset.id, [...(groups.get(dataset.id) ?? []), choice]);
  }
  return [...groups].map(([dataset, choices]) => ({ dataset, choices }));
}
