/** What of vite the engine uses: the files of a folder, replaced at build time, and the address of the module itself. */
interface ImportMeta {
  url: string;
  glob<Member>(
    pattern: string,
    options: { readonly eager: true; readonly import: string; readonly query?: '?raw' },
  ): Record<string, Member>;
  glob(pattern: string, options: { readonly eager: true }): Record<string, Record<string, unknown>>;
}
