import { render } from 'preact';
import { App } from './app.tsx';
import './styles/base.css';
import './styles/header.css';
import './styles/structure.css';
import './styles/lists.css';
import './styles/charts.css';
import './styles/tables.css';
import './styles/decision.css';
import './styles/actors.css';
import './styles/cluster.css';
import './styles/states.css';
import './styles/run.css';
import './styles/narrow.css';

const root = document.querySelector('#page');
if (root !== null) render(<App />, root);
