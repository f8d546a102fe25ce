// Starts the client: takes over what the server rendered into #app, with the data it left in #boot.

import { render } from 'preact'
import { App } from './app'
import { startRouter } from './router'

startRouter()
const root = document.getElementById('app')
if (root) {
    root.replaceChildren()
    render(<App />, root)
}
