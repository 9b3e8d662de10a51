import { render } from 'preact';
import { App } from './app.tsx';
import './styles/all.css';

const root = document.querySelector('#page');
if (root !== null) render(<App />, root);
