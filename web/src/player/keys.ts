// The keyboard on a page with a player. Keys that belong to a focused control stay with it.

import type { strings } from '../strings'
import { element } from './player'

interface Actions {
    media: HTMLVideoElement
    text: typeof strings.player
    say: (text: string) => void
    seek: (seconds: number) => void
    step: (direction: number) => void
    captions: () => void
    theatre: () => void
    duration: () => number
}

export class Keys {
    private readonly help: HTMLDialogElement

    constructor(private readonly box: HTMLElement, private readonly act: Actions, signal: AbortSignal) {
        this.help = this.makeHelp()
        box.append(this.help)
        document.addEventListener('keydown', e => this.press(e), { signal })
    }

    fullscreen(): void {
        if (document.fullscreenElement)
            void document.exitFullscreen()
        else if (this.box.requestFullscreen)
            void this.box.requestFullscreen().catch(() => undefined)
        else
            (this.act.media as { webkitEnterFullscreen?: () => void }).webkitEnterFullscreen?.()
    }

    private press(e: KeyboardEvent): void {
        if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || document.querySelector('dialog[open]'))
            return
        const target = e.composedPath()[0]
        if (!(target instanceof Element))
            return
        if (target.matches('input:not([type=range]), textarea, select, [contenteditable]'))
            return
        const inPlayer = e.composedPath().includes(this.box)
        const onControl = target.matches('button, a[href], summary, input, [role=menuitemradio], [role=menuitem], media-chrome-button, [role=button], [role=slider]')
            || (target.getRootNode() instanceof ShadowRoot && target.matches('input'))
        const key = e.key
        if ((key === ' ' || key === 'Enter') && onControl)
            return
        if (key === 'Enter' || (/^Arrow|^Home$|^End$/.test(key) && (!inPlayer && target !== document.body && target.id !== 'main' || target.matches('input[type=range], [role=slider], [role=menuitemradio], [role=menuitem]'))))
            return
        if (this.run(key))
            e.preventDefault()
    }

    private run(key: string): boolean {
        const { media, text, say } = this.act
        const lower = key.length === 1 ? key.toLowerCase() : key
        switch (lower) {
        case ' ': case 'k':
            if (media.paused || media.ended) {
                void media.play().catch(() => undefined)
                say(text.play)
            } else {
                media.pause()
                say(text.pause)
            }
            return true
        case 'j': return this.jump(-10)
        case 'l': return this.jump(10)
        case 'ArrowLeft': return this.jump(-5)
        case 'ArrowRight': return this.jump(5)
        case 'ArrowUp': return this.volume(0.05)
        case 'ArrowDown': return this.volume(-0.05)
        case 'Home': this.act.seek(0); return true
        case 'End': this.act.seek(this.act.duration()); return true
        case 'm':
            media.muted = !media.muted
            say(media.muted ? text.muted : text.volume(Math.round(media.volume * 100)))
            return true
        case 'c': this.act.captions(); return true
        case 'f': this.fullscreen(); return true
        case 't': this.act.theatre(); return true
        case 'i':
            if (document.pictureInPictureElement)
                void document.exitPictureInPicture()
            else
                void media.requestPictureInPicture?.().catch(() => undefined)
            return true
        case '<': this.act.step(-1); return true
        case '>': this.act.step(1); return true
        case ',': case '.':
            if (media.paused)
                this.act.seek(media.currentTime + (lower === ',' ? -1 : 1) / 25)
            return media.paused
        case '?': this.help.showModal(); return true
        default:
            if (/^[0-9]$/.test(key) && this.act.duration() > 0) {
                this.act.seek(this.act.duration() * Number(key) / 10)
                return true
            }
            return false
        }
    }

    private jump(seconds: number): boolean {
        this.act.seek(this.act.media.currentTime + seconds)
        this.act.say(seconds < 0 ? `− ${-seconds} s` : `+ ${seconds} s`)
        return true
    }

    private volume(step: number): boolean {
        const { media, say, text } = this.act
        media.muted = false
        media.volume = Math.max(0, Math.min(1, Math.round((media.volume + step) * 100) / 100))
        say(text.volume(Math.round(media.volume * 100)))
        return true
    }

    private makeHelp(): HTMLDialogElement {
        const { text } = this.act
        const list = element('dl', { class: 'keys' })
        for (const [keys, what] of text.keys)
            list.append(element('dt', {}, keys), element('dd', {}, what))
        const close = element('button', { type: 'button', class: 'button', autofocus: '' }, 'OK')
        const dialog = element('dialog', { slot: 'dialog', class: 'dialog', 'aria-label': text.shortcuts },
            element('div', { class: 'dialog-body' }, element('h2', {}, text.shortcuts), list,
                element('div', { class: 'dialog-actions' }, close)))
        close.addEventListener('click', () => dialog.close())
        dialog.addEventListener('pointerdown', e => { if (e.target === dialog) dialog.close() })
        return dialog
    }
}
