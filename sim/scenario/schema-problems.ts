export { schemaProblems, type SchemaProblem, type Segments } from '../../src/config/schema-problems.ts';
