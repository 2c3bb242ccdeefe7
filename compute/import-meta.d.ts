/** The one feature of vite that the engine uses: collecting the files of a folder, replaced at build time. */
interface ImportMeta {
  glob<Member>(
    pattern: string,
    options: { readonly eager: true; readonly import: string; readonly query?: '?raw' },
  ): Record<string, Member>;
  glob(pattern: string, options: { readonly eager: true }): Record<string, Record<string, unknown>>;
}
