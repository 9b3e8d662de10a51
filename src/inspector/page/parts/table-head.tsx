/** Titles of columns; those that begin with `#` stand over figures, which are aligned to the right. */
export function TableHead({ columns }: { readonly columns: readonly string[] }) {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column} scope="col" class={column.startsWith('#') ? 'number' : undefined}>
            {column.replace(/^#/, '')}
          </th>
        ))}
      </tr>
    </thead>
  );
}
