// Line icons on a 24 grid, drawn for this client. Decorative: the text beside them, or the button's label, speaks.

const shapes = {
    search: <><circle cx="11" cy="11" r="6.5" /><path d="m20 20-4.2-4.2" /></>,
    upload: <><path d="M12 15.5V4.5M7.5 8.5 12 4l4.5 4.5" /><path d="M4.5 15v3a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2v-3" /></>,
    sun: <><circle cx="12" cy="12" r="4" /><path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1" /></>,
    moon: <path d="M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7Z" />,
    user: <><circle cx="12" cy="8.5" r="3.8" /><path d="M4.8 20c.9-3.6 3.7-5.4 7.2-5.4s6.3 1.8 7.2 5.4" /></>,
    film: <><rect x="3.5" y="5" width="17" height="14" rx="2.5" /><path d="M8 5v14M16 5v14M3.5 9.7H8M3.5 14.3H8M16 9.7h4.5M16 14.3h4.5" /></>,
    settings: <><path d="M4 7h9M18.5 7H20M4 17h2.5M12 17h8" /><circle cx="15.8" cy="7" r="2.6" /><circle cx="9.2" cy="17" r="2.6" /></>,
    info: <><circle cx="12" cy="12" r="8.5" /><path d="M12 11v5M12 7.8v.1" /></>,
    out: <><path d="M14 4.5H7a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2h7" /><path d="M10.5 12H20M16.5 8.5 20 12l-3.5 3.5" /></>,
    edit: <path d="M14.5 5.5 18.5 9.5 8.5 19.5 4 20l.5-4.5ZM12.5 7.5l4 4" />,
    trash: <path d="M4.5 7h15M9.5 7V5a1 1 0 0 1 1-1h3a1 1 0 0 1 1 1v2M6.5 7l.8 11.2a2 2 0 0 0 2 1.8h5.4a2 2 0 0 0 2-1.8L17.5 7M10 11v5M14 11v5" />,
    pause: <path d="M8.5 5.5v13M15.5 5.5v13" />,
    play: <path d="M8 5.2v13.6L18.8 12Z" />,
    close: <path d="M6 6l12 12M18 6 6 18" />,
    link: <path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.700l1-1" />,
    download: <><path d="M12 4v11M7.5 11 12 15.5 16.5 11" /><path d="M4.5 19.500h15" /></>,
    heart: <path d="M12 19.500C5 15 3.5 11.5 3.5 9A4.3 4.3 0 0 1 12 7.5 4.3 4.3 0 0 1 20.5 9c0 2.5-1.5 6-8.5 10.500Z" />,
    check: <path d="m5 12.5 4.5 4.500L19 7.5" />,
    alert: <><path d="M12 4 2.8 19.500h18.400Z" /><path d="M12 10v4.500M12 17v.1" /></>,
    retry: <path d="M19.5 12A7.5 7.5 0 1 1 17 6.400L19.5 8.500M19.5 4v4.500H15" />,
    lock: <><rect x="5" y="10.5" width="14" height="9.5" rx="2" /><path d="M8 10.500V8a4 4 0 0 1 8 0v2.5" /></>,
    clock: <><circle cx="12" cy="12" r="8.5" /><path d="M12 7.500V12l3 2" /></>,
    down: <path d="m6 9.5 6 6 6-6" />,
    users: <><circle cx="9" cy="8.5" r="3.5" /><path d="M2.800 19.500c.7-3.400 3-5 6.200-5s5.500 1.600 6.200 5M15.500 5.300a3.500 3.500 0 0 1 0 6.400M17.500 14.900c2 .6 3.200 2.100 3.700 4.600" /></>,
    bell: <><path d="M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 1.500h-15Z" /><path d="M10 20.500h4" /></>,
    mute: <><circle cx="12" cy="12" r="8.500" /><path d="m6 6 12 12" /></>,
    shield: <path d="M12 3.500 19 6v5.500c0 4.500-2.800 7.500-7 9-4.200-1.500-7-4.500-7-9V6Z" />,
    like: <path d="M7.500 10.500v9H4.200v-9Zm0 0 3.700-7c1.500 0 2.500 1 2.300 2.600l-.5 3.400h5.200a2 2 0 0 1 1.900 2.500l-1.500 6a2 2 0 0 1-1.900 1.500H7.500" />,
    dislike: <path d="M16.500 13.500v-9h3.300v9Zm0 0-3.700 7c-1.500 0-2.500-1-2.300-2.600l.5-3.400H5.800a2 2 0 0 1-1.900-2.500l1.500-6a2 2 0 0 1 1.900-1.500h9.200" />,
    reply: <path d="M9.500 6 4 11.500 9.500 17M4.500 11.500H15a5 5 0 0 1 5 5V19" />,
    dots: <><circle cx="5.500" cy="12" r="1" /><circle cx="12" cy="12" r="1" /><circle cx="18.500" cy="12" r="1" /></>,
    flag: <path d="M5.500 21V4M5.500 4.500c4-2 8.500 2 13 0v9c-4.500 2-9-2-13 0" />,
    share: <path d="M4.500 13v5a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2v-5M8 8l4-4 4 4M12 4.500V15" />,
    globe: <><circle cx="12" cy="12" r="8.500" /><path d="M3.500 12h17M12 3.500c2.500 2.500 3.700 5.300 3.700 8.500s-1.200 6-3.700 8.500c-2.500-2.500-3.700-5.300-3.700-8.500s1.200-6 3.700-8.500Z" /></>,
    external: <path d="M13 5h6v6M19 5l-8.500 8.500M16.500 14v4a1.500 1.500 0 0 1-1.500 1.500H6A1.500 1.500 0 0 1 4.500 18V9A1.500 1.500 0 0 1 6 7.500h4" />,
    plus: <path d="M12 5v14M5 12h14" />,
    chat: <path d="M5.500 4.500h13a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7L7 20.500v-4H5.500a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2Z" />,
    boost: <path d="M4.500 9 8 5.500 11.500 9M8 6v9.500a2 2 0 0 0 2 2h3.500M19.500 15 16 18.500 12.500 15M16 18V8.500a2 2 0 0 0-2-2h-3.500" />
}

export type IconName = keyof typeof shapes

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
    return (
        <svg class="icon" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor"
            stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
            {shapes[name]}
        </svg>
    )
}

/** The drum of a zoetrope seen from the side: a rim, slits, and the strip of frames inside. */
export function Logo() {
    return (
        <svg class="logo" width="30" height="30" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <path class="logo-drum" d="M3 9.500C3 6.5 8.8 4 16 4s13 2.5 13 5.500v10C29 22.5 23.2 25 16 25S3 22.5 3 19.500Z" />
            <ellipse class="logo-inside" cx="16" cy="9.5" rx="10.5" ry="3.3" />
            <g class="logo-slits"><path d="M7 15.200v5M11.4 16.600v5M16 17v5M20.6 16.600v5M25 15.200v5" /></g>
            <path class="logo-foot" d="M16 25v2.500M11 28.500h10" />
        </svg>
    )
}
