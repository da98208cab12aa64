"""A fastapi-users application with its Redis and its JWT strategy, put together as its documentation shows.

It imports nothing of authbench. `python app.py users N` makes N users in the database and writes users.csv.
"""

import asyncio
import csv
import os
import secrets
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import redis.asyncio
from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy, RedisStrategy
from fastapi_users.db import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users.password import PasswordHelper
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

SECRET = os.environ.get("APP_SECRET") or secrets.token_urlsafe(32)
LIFETIME_S = int(os.environ.get("APP_LIFETIME_S", "3600"))
engine = create_async_engine(os.environ.get("APP_DATABASE_URL", "sqlite+aiosqlite:///users.sqlite"))
store = redis.asyncio.from_url(os.environ["APP_REDIS_URL"], decode_responses=True)
new_session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    """The tables."""


class User(SQLAlchemyBaseUserTableUUID, Base):
    """An account."""


class UserManager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    """What fastapi-users asks for; nothing is changed."""

    reset_password_token_secret = SECRET
    verification_token_secret = SECRET


async def get_session() -> AsyncIterator[AsyncSession]:
    """Open a session of the database for one request."""
    async with new_session() as session:
        yield session


async def get_user_db(session: Annotated[AsyncSession, Depends(get_session)]) -> AsyncIterator[Any]:
    """Give fastapi-users its database."""
    yield SQLAlchemyUserDatabase(session, User)


async def get_user_manager(user_db: Annotated[Any, Depends(get_user_db)]) -> AsyncIterator[UserManager]:
    """Give fastapi-users its manager."""
    yield UserManager(user_db)


def redis_strategy() -> RedisStrategy[User, uuid.UUID]:
    """An opaque token, kept in Redis."""
    return RedisStrategy(store, lifetime_seconds=LIFETIME_S)


def jwt_strategy() -> JWTStrategy[User, uuid.UUID]:
    """A signed token."""
    return JWTStrategy(secret=SECRET, lifetime_seconds=LIFETIME_S)


sessions = AuthenticationBackend("redis", BearerTransport("auth/redis/login"), redis_strategy)
tokens = AuthenticationBackend("jwt", BearerTransport("auth/jwt/login"), jwt_strategy)
users = FastAPIUsers[User, uuid.UUID](get_user_manager, [sessions, tokens])


def of_sessions() -> list[AuthenticationBackend[User, uuid.UUID]]:
    """Let a route take the Redis strategy alone."""
    return [sessions]


def of_tokens() -> list[AuthenticationBackend[User, uuid.UUID]]:
    """Let a route take the JWT strategy alone."""
    return [tokens]


by_session = users.current_user(active=True, get_enabled_backends=of_sessions)
by_token = users.current_user(active=True, get_enabled_backends=of_tokens)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Make the tables."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


app = FastAPI(lifespan=lifespan)
app.include_router(users.get_auth_router(sessions), prefix="/auth/redis")
app.include_router(users.get_auth_router(tokens), prefix="/auth/jwt")


@app.get("/redis/me")
async def me_by_session(user: Annotated[User, Depends(by_session)]) -> dict[str, str]:
    """Say who asks, by the Redis strategy."""
    return {"email": user.email}


@app.get("/jwt/me")
async def me_by_token(user: Annotated[User, Depends(by_token)]) -> dict[str, str]:
    """Say who asks, by the JWT strategy."""
    return {"email": user.email}


async def make_users(count: int) -> None:
    """Make users with one password, hashed once, and write users.csv."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
    password = secrets.token_urlsafe(12)
    hashed = PasswordHelper().hash(password)
    emails = [f"user-{number:06d}@example.com" for number in range(count)]
    async with new_session() as session:
        session.add_all(User(email=email, hashed_password=hashed) for email in emails)
        await session.commit()
    with open("users.csv", "w", encoding="utf-8", newline="") as file:  # nobody waits
        writer = csv.writer(file)
        writer.writerow(["username", "password"])
        writer.writerows([email, password] for email in emails)


if __name__ == "__main__":
    asyncio.run(make_users(int(sys.argv[2])))
