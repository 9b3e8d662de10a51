import { useState } from 'preact/hooks';
import { ApiError, postJson } from '../api.ts';

export function Login({ onDone }: { readonly onDone: () => void }) {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<ApiError>();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await postJson('/api/v1/session', { token });
      onDone();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error);
    }
  };
  return (
    <main>
      <form class="empty" onSubmit={(event) => void submit(event)}>
        <b>This node asks for its token</b>
        <p>It is the value of FORESCALE_INSPECTOR_TOKEN that the node was started with.</p>
        <input
          class="field short"
          type="password"
          autocomplete="current-password"
          aria-label="Token"
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
        {problem !== undefined && (
          <span class="tag bad" role="alert">
            {problem.message}
            {problem.hint === undefined ? '' : `. ${problem.hint}`}
          </span>
        )}
        <button class="button main" type="submit" disabled={token === ''}>
          Open
        </button>
      </form>
    </main>
  );
}
