// The site header. The server renders the same classes for pages without JavaScript; see web/README.md.

import { useEffect } from 'preact/hooks'
import { api, messageOf } from '../api'
import { unread, watchUnread } from '../lib/unread'
import { navigate, paths, place } from '../router'
import { config, theme, toast, toggleTheme, user } from '../state'
import { strings as s } from '../strings'
import { Role } from '../types'
import { Avatar } from './avatar'
import { Icon, Logo } from './icons'
import { Menu } from './menu'

export function Header() {
    const me = user.value
    const query = place.value.path === '/search' ? place.value.search.get('search') ?? '' : ''
    const dark = theme.value === 'dark'
    return (
        <header class="site-header">
            <a class="brand" href="/" aria-label={config.value.instance.name}>
                <Logo /><span class="brand-name">{config.value.instance.name}</span>
            </a>
            <SearchBox key={query} query={query} />
            <nav class="site-nav" aria-label={s.header.main}>
                <button type="button" class={me ? 'icon-button wide-only' : 'icon-button'} onClick={toggleTheme}
                    aria-label={dark ? s.header.toLight : s.header.toDark} title={dark ? s.header.toLight : s.header.toDark}>
                    <Icon name={dark ? 'sun' : 'moon'} />
                </button>
                {me
                    ? <>
                        <a class="button button-quiet nav-upload" href="/upload" aria-label={s.header.upload}>
                            <Icon name="upload" /><span class="wide-only">{s.header.upload}</span>
                        </a>
                        <Bell />
                        <AccountMenu />
                    </>
                    : <>
                        {config.value.signup.allowed
                            && <a class="button button-quiet wide-only" href="/signup">{s.header.signUp}</a>}
                        <a class="button button-primary" href="/login">{s.header.signIn}</a>
                    </>}
            </nav>
        </header>
    )
}

function SearchBox({ query }: { query: string }) {
    const submit = (event: SubmitEvent) => {
        event.preventDefault()
        const form = event.currentTarget as HTMLFormElement
        const words = String(new FormData(form).get('search') ?? '').trim()
        navigate(words ? `/search?search=${encodeURIComponent(words)}` : '/search')
    }
    return (
        <search class="site-search" aria-label={s.header.searchSite}>
            <form action="/search" method="get" onSubmit={submit}>
                <input type="search" name="search" defaultValue={query} placeholder={s.header.searchPlaceholder}
                    aria-label={s.header.searchPlaceholder} autocomplete="off" enterkeyhint="search" />
                <button type="submit" class="icon-button" aria-label={s.header.search}><Icon name="search" /></button>
            </form>
        </search>
    )
}

function AccountMenu() {
    const me = user.value
    if (!me)
        return null
    const signOut = async () => {
        try {
            await api.logout()
        } catch (e) {
            toast(messageOf(e), 'error')
            return
        }
        user.value = null
        navigate('/')
    }
    const channel = me.videoChannels[0]
    return (
        <Menu label={s.header.menu(me.account.displayName)} buttonClass="avatar-button" button={<Avatar actor={me.account} size={34} />}>
            <div class="menu-head">
                <strong>{me.account.displayName}</strong>
                <span>@{me.username}</span>
            </div>
            <a href="/subscriptions"><Icon name="users" />{s.header.subscriptions}</a>
            <a href="/my-videos"><Icon name="film" />{s.header.myVideos}</a>
            {channel && <a href={paths.channel(channel.name)}><Icon name="user" />{s.header.channel}</a>}
            <a href="/my-account"><Icon name="settings" />{s.header.account}</a>
            <a href="/my-blocks"><Icon name="mute" />{s.header.blocks}</a>
            {me.role.id <= Role.moderator && <a href="/admin"><Icon name="shield" />{s.header.admin}</a>}
            <a href="/about"><Icon name="info" />{s.header.about}</a>
            <button type="button" class="narrow-only" onClick={toggleTheme}>
                <Icon name={theme.value === 'dark' ? 'sun' : 'moon'} />{theme.value === 'dark' ? s.header.toLight : s.header.toDark}
            </button>
            <button type="button" onClick={signOut}><Icon name="out" />{s.header.signOut}</button>
        </Menu>
    )
}

function Bell() {
    const n = unread.value
    useEffect(watchUnread, [])
    return (
        <a class="icon-button bell" href="/notifications" aria-label={s.header.notifications(n)} title={s.header.notifications(n)}>
            <Icon name="bell" />{n > 0 && <span class="bell-count" aria-hidden="true">{n > 99 ? '99+' : n}</span>}
        </a>
    )
}
