/** A page that somebody looks at, in a process of its own: takes what the inspector tells, until it is killed. */
const response = await fetch(process.argv[2]);
process.send?.('open');
for await (const part of response.body ?? []) void part;
