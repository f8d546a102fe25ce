// The frame around every page: skip link, header, main, footer, messages; and the table of pages.

import { Component, type ComponentChildren, type JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Header } from './components/header'
import { lazy } from './components/lazy'
import { Toasts } from './components/toasts'
import { About } from './pages/about'
import { AccountPage, ChannelPage } from './pages/actor'
import { Embed } from './pages/embed'
import { Home } from './pages/home'
import { Login } from './pages/login'
import { Interaction } from './pages/interaction'
import { MyAccount } from './pages/my-account'
import { MyBlocks } from './pages/my-blocks'
import { MyVideos } from './pages/my-videos'
import { NotFound } from './pages/not-found'
import { Notifications } from './pages/notifications'
import { Search } from './pages/search'
import { Signup } from './pages/signup'
import { SubscribedChannels, Subscriptions } from './pages/subscriptions'
import { Upload } from './pages/upload'
import { Watch } from './pages/watch'
import { place, type Place } from './router'
import { config } from './state'
import { strings as s } from './strings'

const Admin = lazy(async () => (await import('./pages/admin/admin')).Admin)

type Page = (match: RegExpExecArray, at: Place) => JSX.Element

const pages: [RegExp, Page][] = [
    [/^\/$/, () => <Home />],
    [/^\/search\/?$/, () => <Search />],
    [/^\/(?:w|videos\/watch)\/([^/;]+)(?:;threadId=(\d+))?\/?$/, ([, id = '', thread]) =>
        <Watch key={id} id={id} thread={thread ? Number(thread) : null} />],
    [/^\/c\/([^/]+)(?:\/.*)?$/, ([, name = '']) => <ChannelPage key={`c/${name}`} name={name} />],
    [/^\/a\/([^/]+)(?:\/.*)?$/, ([, name = '']) => <AccountPage key={`a/${name}`} name={name} />],
    [/^\/login\/?$/, () => <Login />],
    [/^\/signup\/?$/, () => <Signup />],
    [/^\/upload\/?$/, () => <Upload />],
    [/^\/my-videos\/?$/, () => <MyVideos />],
    [/^\/my-account\/?$/, () => <MyAccount />],
    [/^\/subscriptions\/?$/, () => <Subscriptions />],
    [/^\/subscriptions\/channels\/?$/, () => <SubscribedChannels />],
    [/^\/notifications\/?$/, () => <Notifications />],
    [/^\/my-blocks\/?$/, () => <MyBlocks />],
    [/^\/(?:authorize_interaction|remote-interaction)\/?$/, (_, at) => 
        <Interaction key={at.search.get('uri')} uri={at.search.get('uri') ?? ''} action={at.search.get('action')} />],
    [/^\/admin(?:\/([a-z]+))?\/?$/, ([, section]) => <Admin section={section ?? ''} />],
    [/^\/about\/?$/, () => <About />]
]

function Current() {
    const at = place.value
    for (const [pattern, page] of pages) {
        const match = pattern.exec(at.path)
        if (match)
            return page(match, at)
    }
    return <NotFound />
}

export function App() {
    const main = useRef<HTMLElement>(null)
    const path = place.value.path.replace(/;.*/, '') // what follows only points at a part of the page
    const embed = /^\/videos\/embed\/([^/]+)/.exec(path)
    const first = useRef(true)

    // A new page: screen readers and the keyboard start at its top, as after an ordinary visit.
    useEffect(() => {
        if (first.current)
            first.current = false
        else
            main.current?.focus({ preventScroll: true })
    }, [path])

    if (embed)
        return <main class="embed"><Guard><Embed id={embed[1] ?? ''} /></Guard></main>
    return (
        <>
            <a class="skip-link" href="#main" onClick={e => { e.preventDefault(); main.current?.focus() }}>{s.skip}</a>
            <Header />
            <main id="main" class="site-main" tabIndex={-1} ref={main}>
                <Guard key={path}><Current /></Guard>
            </main>
            <footer class="site-footer">
                <a href="/about">{s.footer.about} {config.value.instance.name}</a>
                <span>{s.footer.software}</span>
            </footer>
            <Toasts />
        </>
    )
}

/** A bug in one page must not take the frame with it. */
class Guard extends Component<{ children: ComponentChildren }, { failed: boolean }> {
    override state = { failed: false }
    static override getDerivedStateFromError() {
        return { failed: true }
    }
    override componentDidCatch(error: unknown) {
        console.error(error)
    }
    render() {
        return this.state.failed
            ? <div class="message-page" role="alert"><h1>{s.error.title}</h1><p>{s.error.crash}</p></div>
            : this.props.children
    }
}
